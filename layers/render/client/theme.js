/** The colours of the canvas. The page's own are in the style sheet. */

const DAY = {
  sea: '#DCE5E8', land: '#F3F1EA', coast: '#A9B4B4', water: '#C9DADF', river: '#A9C3CC', road: '#CDC6B4', track: '#DDD8CA',
  border: '#9A968A', built: '#E2DCCD', place: '#5C5A50', halo: '#F3F1EA', text: '#1B1F24', dim: '#51606B', casing: '#FFFFFF',
  paper: '#FFFFFF', ring: '#1B1F24', pick: '#0072B2', measure: '#1B1F24', bar: '#6C7A84',
};
const NIGHT = {
  sea: '#0A0F13', land: '#10171C', coast: '#33424B', water: '#0C1419', river: '#1F323C', road: '#28333A', track: '#1D272D',
  border: '#4A5962', built: '#18222A', place: '#84939C', halo: '#10171C', text: '#C9D1D6', dim: '#93A4AE', casing: '#05080A',
  paper: '#10171C', ring: '#E6E3DA', pick: '#56B4E9', measure: '#E6E3DA', bar: '#75868F',
};

/** @returns {boolean} whether it is night on the screen */
export const night = () => document.documentElement.dataset.theme === 'night';

/** @returns {typeof DAY} the colours that hold now */
export const colours = () => (night() ? NIGHT : DAY);

/**
 * Choose a class's colour for now.
 * @param {{day: string, night: string}|undefined} hue
 * @returns {string}
 */
export const tint = (hue) => (hue ? (night() ? hue.night : hue.day) : colours().dim);
