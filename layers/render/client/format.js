/** Times, places and numbers as the field writes them. */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const HIDDEN = /[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;
const GROUP = /^(\d{2})?(\d{2})(\d{2})(\d{2})?([A-IK-Z])?(?:([A-Z]{3})(\d{2}|\d{4})?)?$/;
const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/i;
/** Zone letters east of Greenwich; those west of it run on from N. */
const AHEAD = 'ABCDEFGHIKLM';
const DAY = 86400000;
const zones = new Map();
const two = (number) => String(number).padStart(2, '0');

/**
 * Write a date-time group: `230715Z NOV 26`.
 * @param {number} ms since 1970 UTC
 * @returns {string}
 */
export function dtg(ms) {
  const at = new Date(ms);
  return `${short(ms)} ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCFullYear() % 100)}`;
}

/**
 * Write day, hour and minute: `230715Z`.
 * @param {number} ms
 * @returns {string}
 */
export function short(ms) {
  return two(new Date(ms).getUTCDate()) + clock(ms);
}

/**
 * Write hour and minute: `0715Z`.
 * @param {number} ms
 * @returns {string}
 */
export function clock(ms) {
  const at = new Date(ms);
  return `${two(at.getUTCHours())}${two(at.getUTCMinutes())}Z`;
}

/**
 * Write the mission's own time: `23 Nov 09:15 local`.
 * @param {number} ms
 * @param {{timezone: string, utc_offset_min: number}} mission
 * @returns {string}
 */
export function local(ms, mission) {
  const zone = zoned(mission.timezone);
  if (!zone) {
    const at = new Date(ms + mission.utc_offset_min * 60000);
    return `${at.getUTCDate()} ${month(at.getUTCMonth())} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} local`;
  }
  const parts = Object.fromEntries(zone.formatToParts(ms).map((part) => [part.type, part.value]));
  return `${parts.day} ${month(parts.month - 1)} ${parts.hour}:${parts.minute} local`;
}

/**
 * Write a day as it stands under the time strip: `23 Nov`, or `Nov 2026` where days are too fine.
 * @param {number} ms
 * @param {boolean} wide whether the month and the year are enough
 * @returns {string}
 */
export function day(ms, wide) {
  const at = new Date(ms);
  const name = month(at.getUTCMonth());
  return wide ? `${name} ${at.getUTCFullYear()}` : `${at.getUTCDate()} ${name}`;
}

function month(index) {
  return MONTHS[index][0] + MONTHS[index].slice(1).toLowerCase();
}

function zoned(name) {
  if (!zones.has(name)) {
    let made = null;
    try {
      made = new Intl.DateTimeFormat('en-GB', {
        timeZone: name, day: 'numeric', month: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
      });
    } catch (fault) {
      if (!(fault instanceof RangeError)) throw fault;
    }
    zones.set(name, made);
  }
  return zones.get(name);
}

/**
 * Read a time: a date-time group, full or short, an hour of the day, or ISO 8601 with a zone.
 * @param {string} text `230715Z NOV 26`, `230915B`, `0600Z`, `2026-11-23T07:15Z`
 * @param {number} now what a short group counts from; an hour alone is the last one that has passed
 * @returns {number|null} milliseconds, null where it is not understood
 */
export function readTime(text, now) {
  const group = GROUP.exec(text.toUpperCase().replace(/[\s-]+/g, ''));
  if (!group) return ISO.test(text.trim()) ? Date.parse(text.trim().replace(' ', 'T')) || null : null;
  const [, day, hour, minute, second = 0, letter = 'Z', name, year] = group;
  if (hour > 23 || minute > 59 || second > 59 || (name && !day)) return null;
  const here = new Date(now);
  const ahead = letter === 'Z' ? 0 : AHEAD.indexOf(letter) + 1 || 77 - letter.charCodeAt(0);
  const at = (...date) => Date.UTC(...date, hour - ahead, Number(minute), Number(second));
  if (!day) {
    const today = at(here.getUTCFullYear(), here.getUTCMonth(), here.getUTCDate());
    return today - DAY * Math.ceil((today - now) / DAY);
  }
  const index = name ? MONTHS.indexOf(name) : here.getUTCMonth();
  const whole = year ? (year.length === 2 ? 2000 + Number(year) : Number(year)) : here.getUTCFullYear();
  const read = (back) => (new Date(Date.UTC(whole, index - back, Number(day))).getUTCDate() === Number(day) ? at(whole, index - back, Number(day)) : null);
  if (index < 0) return null;
  const found = read(0);
  return !name && (found === null || found > now + DAY) ? read(1) : found;
}

/**
 * Write a number with commas between thousands.
 * @param {number} number
 * @returns {string}
 */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/**
 * Write a position, latitude first, as the server does.
 * @param {number} lat
 * @param {number} lon
 * @returns {string}
 */
export function position(lat, lon) {
  const east = ((lon + 180) % 360 + 360) % 360 - 180;
  const side = (value, letters) => `${Math.abs(value).toFixed(5)}° ${letters[value < 0 ? 1 : 0]}`;
  return `${side(lat, 'NS')} ${side(east, 'EW')}`;
}

/**
 * Write a distance.
 * @param {number} metres
 * @returns {string}
 */
export function distance(metres) {
  if (metres < 1000) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 10000 ? 2 : metres < 1e6 ? 1 : 0)} km`;
}

/**
 * Write an area.
 * @param {number} metres square metres
 * @returns {string}
 */
export function extent(metres) {
  if (metres < 1e4) return `${Math.round(metres)} m²`;
  if (metres < 1e6) return `${(metres / 1e4).toFixed(1)} ha`;
  return `${(metres / 1e6).toLocaleString('en-GB', { maximumFractionDigits: metres < 1e10 ? 1 : 0 })} km²`;
}

/**
 * Make a record's text fit for a canvas: no control or direction characters, and not long.
 * @param {string} text
 * @param {number} [longest]
 * @returns {string}
 */
export function plain(text, longest = 48) {
  const clean = String(text).slice(0, 4 * longest).replace(HIDDEN, ' ').trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean;
}
