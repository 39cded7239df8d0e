"""How the documentation is built: `python -m sphinx -W -b html docs docs/_build`."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, get_origin

import matplotlib
from sphinx.application import Sphinx

import hopopt

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("MPLBACKEND", None)  # or notebooks show no figures
os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
os.environ["IPYTHONDIR"] = str(HERE / "_ext" / "ipython")  # where kernels are told to keep quiet

project, author = "hopopt", "hopopt developers"
version = release = hopopt.__version__
project_copyright = "hopopt developers, MIT licence"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "sphinx_design",
    "directives",
    "docstrings",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb"}
exclude_patterns = ["_build", "_ext", "examples", "jupyter_execute"]
templates_path = ["_templates"]
default_role = "py:obj"
suppress_warnings = ["config.cache"]  # functions in the settings of the gallery

if os.environ.get("HOPOPT_DOCS_ONLINE"):  # inventories come over the network; else no links out
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "scipy": ("https://docs.scipy.org/doc/scipy", None),
        "networkx": ("https://networkx.org/documentation/stable", None),
        "matplotlib": ("https://matplotlib.org/stable", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
    }

html_theme = "pydata_sphinx_theme"
html_title = "hopopt"
html_static_path = ["_static"]
html_css_files = ["hopopt.css"]
html_show_sourcelink = False
ALONE = ("index", "dictionary", "glossary", "bibliography", "changelog", "interactive/index")
html_sidebars: dict[str, list[str]] = {key: [] for key in ALONE}
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
nb_execution_mode = os.environ.get("HOPOPT_DOCS_EXECUTE", "force")
if nb_execution_mode == "off":  # only a kernel says that cells are Python
    suppress_warnings.append("myst-nb.lexer")
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_render_markdown_format = "myst"
nb_code_prompt_show = "Show the solution"
nb_code_prompt_hide = "Hide the solution"

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": "/plot_",
    "matplotlib_animations": (True, "jshtml"),
    "download_all_examples": False,
    "notebook_extensions": set(),
    "show_signature": False,
    "capture_repr": (),
    "remove_config_comments": True,
    "min_reported_time": 1e9,
    "show_memory": False,
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
}

numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = True
autosummary_imported_members = True
autosummary_ignore_module_all = False


def films_by_pillow(settings: dict[str, Any], example: str) -> None:
    """Draw the gallery's films without ffmpeg, and without a word about it."""
    matplotlib.rcParams["animation.writer"] = "pillow"


sphinx_gallery_conf["reset_modules"] = ("matplotlib", films_by_pillow)

PACKAGES = [
    "hopopt",
    "hopopt.core",
    "hopopt.memory",
    "hopopt.solve",
    "hopopt.search",
    "hopopt.fast",
    "hopopt.plotting",
    "problems",
    "problems.tours",
]


def names(package: str) -> dict[str, Any]:
    module = import_module(package)
    return {name: getattr(module, name) for name in module.__all__}


def public(package: str) -> list[str]:
    """Return what a package declares, but type aliases and what an earlier package shows."""
    before = PACKAGES[: PACKAGES.index(package)]
    seen = {id(thing) for earlier in before for thing in names(earlier).values()}
    own = names(package).items()
    return [name for name, thing in own if id(thing) not in seen and not get_origin(thing)]


def aliases(package: str) -> dict[str, str]:
    return {name: str(thing) for name, thing in names(package).items() if get_origin(thing)}


autosummary_context = {"public": public, "aliases": aliases}
# `Capacity` and `capacity` are one file where the case of names does not count.
autosummary_filename_map = {
    f"{package}.{name}": f"{package}.{name}-function"
    for package in PACKAGES
    for name in names(package)
    if name.islower() and any(n != name and n.lower() == name for n in names(package))
}


BACK = '<a href="index.html">back to hopopt</a>'


def copy_interactive(app: Sphinx, exception: Exception | None) -> None:
    """Take the interactive pages into the site, each with a way back."""
    for page in (HERE / "interactive").glob("*.html"):
        target = Path(app.outdir) / "interactive" / page.name
        target.parent.mkdir(exist_ok=True)
        text = page.read_text(encoding="utf-8").replace("<nav>", f"<nav>{BACK} · ", 1)
        target.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", copy_interactive)
