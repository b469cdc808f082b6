"""The book: built as its readers build it but for running the notebooks, and read in a browser."""

import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

import autograd
import nn
from autograd.rules import RULES

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parents[2] / "notebooks"
WIDTHS = (1280, 390)
READ = ["index", "start", "learn", "use/command", "use/problems", "inside/tape", "inside/house"]
READ += ["reference/autograd", "reference/nn", "reference/rules", "2_one_neuron", "12_calibration"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder of the built book; what Sphinx warns of is an error."""
    pytest.importorskip("sphinx")
    for library in ("furo", "myst_nb"):
        pytest.importorskip(library)
    folder = tmp_path_factory.mktemp("book")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-D", "nb_execution_mode=off"]
    done = subprocess.run(
        [*command, "-d", folder / "doctrees", SOURCE, folder / "html"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    yield folder / "html"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def address(book):
    """The book as a web host has it: a search fetches the pages that it found."""
    handler = partial(Quiet, directory=book)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


class Page(HTMLParser):
    """The places of a page that can be gone to, where its links go, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.places, self.links, self.loaded = {""}, [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.places |= {attributes.get("id", ""), attributes.get("name", "")}
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag in ("script", "img", "iframe"):
            self.loaded.append(attributes.get("src", ""))
        elif tag == "link" and attributes.get("rel") in ("stylesheet", "preload", "icon"):
            self.loaded.append(attributes["href"])


@pytest.fixture(scope="module")
def pages(book):
    return {path: Page(path) for path in book.rglob("*.html")}


def test_every_link_inside_the_book_goes_somewhere(book, pages):
    lost = []
    for path, page in pages.items():
        if "_modules" in path.parts:
            continue  # back from the source: Sphinx knows a module by one name only
        for link in page.links:
            if re.match(r"\w+:", link):
                continue
            file, place = urldefrag(link)
            target = (path.parent / unquote(file)).resolve() if file else path
            if target.suffix != ".html" and target.exists():
                continue
            if target not in pages or unquote(place) not in pages[target].places:
                lost.append((str(path.relative_to(book)), link))
    assert not lost


def test_nothing_is_loaded_from_elsewhere(pages):
    outside = {url for page in pages.values() for url in page.loaded if "//" in url}
    assert not outside


def test_every_public_name_has_an_entry(pages, book):
    places = set()
    for path in (book / "reference").glob("*.html"):
        places |= pages[path].places
    for package in (autograd, nn):
        for name in package.__all__:
            made_in = getattr(getattr(package, name), "__module__", "")
            assert {f"{package.__name__}.{name}", f"{made_in}.{name}"} & places, name


def test_every_rule_has_its_row_and_every_loss_its_formula(book):
    rules = (book / "reference" / "rules.html").read_text(encoding="utf-8")
    table = rules.partition('<table class="rules')[2].partition("</table>")[0]
    assert table.count("<tr") == 1 + len(RULES)
    assert table.count("<math") == 2 + 2 * len(RULES)
    losses = (book / "reference" / "nn.html").read_text(encoding="utf-8")
    for name in ("half_squared_error", "cross_entropy_with_logits"):
        entry = losses.partition(f'id="nn.{name}"')[2].partition("</dl>")[0]
        assert '<math class="whygrad"' in entry, name


def test_every_environment_variable_is_told(book):
    told = (book / "reference" / "environment.html").read_text(encoding="utf-8")
    read = set()
    for package in ("autograd", "nn"):
        for path in (SOURCE.parent / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            read |= set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', text))
    assert len(read) >= 7
    assert [name for name in sorted(read) if name not in told] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_desktop_or_a_phone(address, page, scheme):
    page.emulate_media(color_scheme=scheme)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for name in READ:
            page.goto(f"{address}/{name}.html")
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, (name, width)
    assert not page.outside


LOOKED_FOR = {
    "inflection": "2_one_neuron",
    "confusion matrix": "use/training",
    "record_each": "use/gpt",
    "WHYGRAD_THREADS": "reference/environment",
}


def test_the_search_finds_what_a_newcomer_looks_for(address, page):
    for words, found in LOOKED_FOR.items():
        page.goto(f"{address}/search.html?q={words}")
        page.locator(f"#search-results a[href*='{found}']").first.wait_for(timeout=20_000)
    assert not page.outside


def test_formulas_and_pictures_are_drawn(address, page):
    page.goto(f"{address}/reference/autograd.html")
    entry = page.locator("dt[id='autograd.sigmoid'] + dd math")
    box = entry.first.bounding_box()
    assert box["width"] > 60 and box["height"] > 30  # noqa: PT018
    page.goto(f"{address}/inside/tape.html")
    picture = page.get_by_role("img", name="From a Python function")
    assert picture.bounding_box()["width"] > 300
