"""What a user takes away as rows: the view's features of a layer as a file, as they are or as a release lets them out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from layers import access
from layers.desk import question as ask
from layers.desk import released
from layers.desk.export import export
from layers.desk.leaving import Marked, left
from layers.desk.released import Release
from layers.desk.reporter import Reporter
from layers.model import AuditEvent, View


class Exporter(Reporter):
    """A user's way to files of rows. Each leaves a line in the audit that names its marking."""

    def export(
        self,
        layer_id: str,
        path: Path,
        view: View,
        *,
        release: Release | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Write the view's features of a layer to a file; return how many. The audit keeps who, what and where.

        The suffix says in which form: CSV, XLSX, GeoPackage, GeoJSON or KMZ. Each says in the file how many rows it
        holds, of which view and version of the record, and its marking: the highest of its rows, or with a ``release``
        that of its profile, which says what is left out and how coarse the rest is.

        Raises
        ------
        NotAllowed
            None of the user's roles may take anything away, or release it.
        NotFound
            No such layer for this user, or no such release profile.
        Unwritable
            The suffix is none of these, the folder is not there, or the file already exists.
        LayersError
            The profile lets nothing of this layer out, or the release has no reason that can be printed.
        """
        access.require(self.user, "export")
        sheet = self.sheet(view)
        terms = None
        if release:
            own = sheet.marking(ask.layer(self._record, self.user, layer_id)) or self._record.configuration.markings[0]
            terms = released.decided(self._record, self.user, release, own)
        about = export(sheet, layer_id, path, progress, terms)
        detail: dict[str, str | int] = {"file": path.name, "view": view.text, "rows": about.rows, "version": about.version}
        event = AuditEvent(self._record.clock(), self.user.name, "export", layer_id, detail)
        left(self._record, event, Marked(terms.own if terms else about.marking, terms))
        return about.rows

    def release_profiles(self) -> dict[str, str]:
        """Return the titles of the profiles under which this user may release anything, by id."""
        if not access.may(self.user, "release"):
            return {}
        return {one.id: one.title for one in self._record.configuration.releases}

    def release_asked_of(self) -> str:
        """Return in words whom this user has to ask for a release; blank for one who may release, and where no profile is written."""
        lacking = self._record.configuration.releases and not access.may(self.user, "release")
        return access.asked_of("release") if lacking else ""

    def marking(self, view: View, layer_id: str, release: Release | None = None) -> str:
        """Return how an export of a layer is marked: by the profile it is released under, else by its rows."""
        configuration = self._record.configuration
        profile = next((one for one in configuration.releases if release and one.id == release.profile), None)
        of = ask.layer(self._record, self.user, layer_id)
        return profile.marking if profile else self.sheet(view).reports().marking(of) or configuration.markings[0]
