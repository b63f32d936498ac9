"""The admin site: navigation and landing page."""

from unfold.sites import UnfoldAdminSite


class PortalAdminSite(UnfoldAdminSite):
    site_header = "Ops Portal"
    site_title = "Ops Portal"
