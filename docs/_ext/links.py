"""Check links and figures of a built site: ``python docs/_ext/links.py docs/_build``."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The targets and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and not value.startswith(("data:", "mailto:")):
                self.targets.add(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken(site: Path) -> list[str]:
    """Return the links of a site that lead nowhere inside it."""
    found = (path for path in site.rglob("*.html") if path.name != "webpack-macros.html")
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in found}
    wrong = []
    for path, page in pages.items():
        for target in sorted(page.targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            if file.is_dir():
                file /= "index.html"
            known = pages.get(site / file.relative_to(site.resolve()))
            missing = known is not None and parts.fragment and parts.fragment not in known.anchors
            if not file.exists() or missing:
                wrong.append(f"{path.relative_to(site)}: {target}")
    return wrong


def bare(site: Path) -> list[str]:
    """Return the pages whose program draws figures, and that show none."""
    found = (path for path in site.rglob("*.html") if "generated" not in path.parts)
    pages = {path: path.read_text(encoding="utf-8") for path in found}
    drawing = (path for path, text in pages.items() if "subplots</span>" in text)
    return [f"{path.relative_to(site)}: no figure" for path in drawing if "<img" not in pages[path]]


if __name__ == "__main__":
    site = Path(sys.argv[1])
    found = broken(site) + bare(site)
    print("\n".join(found) or "all links inside the site lead somewhere, and all figures are there")
    sys.exit(bool(found))
