"""A browser played by hand: redirects, forms and cookies, Secure ones over plain http on loopback included."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import requests

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
KEEP_METHOD: Final = frozenset({307, 308})
LIMIT: Final = 20


@dataclass(frozen=True, slots=True)
class Form:
    action: str
    method: str
    fields: Mapping[str, str]
    attributes: Mapping[str, str]
    buttons: tuple[Mapping[str, str], ...] = ()

    @property
    def sends_itself(self) -> bool:
        """Whether the page's script submits it at once: the LMS's launch form, or the tool's marked ones."""
        return self.attributes.get("id") == "ltiAuthForm" or "data-send" in self.attributes


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    text: str
    headers: Mapping[str, str]
    forms: tuple[Form, ...] = ()
    frames: tuple[Mapping[str, str], ...] = ()
    links: tuple[Mapping[str, str], ...] = ()

    def form(self, ending: str) -> Form:
        """The form whose action's path ends with `ending`."""
        return next(form for form in self.forms if urlsplit(form.action).path.endswith(ending))

    def frame_url(self) -> str:
        """Where the page's first frame leads: `src`, or `data-target` that the page's script puts there."""
        frame = next(frame for frame in self.frames if frame.get("src") or frame.get("data-target"))
        return urljoin(self.url, frame.get("src") or frame["data-target"])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[dict[str, Any]] = []
        self.frames: list[dict[str, str]] = []
        self.links: list[dict[str, str]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = True
            self.forms.append({"attributes": found, "fields": {}, "buttons": []})
        elif tag == "iframe":
            self.frames.append(found)
        elif tag == "a":
            self.links.append(found)
        elif self._open:
            self._control(tag, found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False

    def _control(self, tag: str, found: dict[str, str]) -> None:
        form = self.forms[-1]
        if tag == "button" and found.get("type", "submit") == "submit":
            form["buttons"].append(found)
        elif tag in {"input", "textarea", "select"} and "name" in found:
            unchecked = found.get("type") in {"checkbox", "radio"} and "checked" not in found
            if found.get("type") not in {"submit", "button"} and not unchecked:
                form["fields"][found["name"]] = found.get("value", "")


def read_page(url: str, status: int, text: str, headers: Mapping[str, str]) -> Page:
    """The page with its forms, frames and links; addresses of forms are made absolute."""
    reader = _Reader()
    # HTML 5, 13.2.5.73: in an attribute `&lti_…` is no character reference. Python's parser would read `&lt` out of it.
    reader.feed(re.sub(r"&(?!(?:[a-zA-Z][a-zA-Z0-9]*|#\d+|#[xX][0-9a-fA-F]+);)", "&amp;", text))
    forms = tuple(
        Form(
            urljoin(url, form["attributes"].get("action") or url),
            form["attributes"].get("method", "get").upper(),
            form["fields"],
            form["attributes"],
            tuple(form["buttons"]),
        )
        for form in reader.forms
    )
    return Page(url, status, text, headers, forms, tuple(reader.frames), tuple(reader.links))


@dataclass(slots=True)
class Browser:
    """One person's browser. Cookies are kept by host name: like a real browser's they ignore ports."""

    timeout: float = 30.0
    agent: str = "Mozilla/5.0 (practice driver)"
    language: str = "vi"
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    history: list[tuple[str, str, int]] = field(default_factory=list)
    _http: requests.Session = field(default_factory=requests.Session)

    def get(self, url: str, *, dest: str = "document") -> Page:
        """Open an address; `dest` is what a browser says in Sec-Fetch-Dest (document, iframe)."""
        return self._open("GET", url, None, dest)

    def post(self, url: str, fields: Mapping[str, str], *, dest: str = "document") -> Page:
        return self._open("POST", url, fields, dest)

    def submit(self, form: Form, fields: Mapping[str, str] | None = None, *, dest: str = "document") -> Page:
        """Send a form with its own fields and `fields` over them."""
        values = {**form.fields, **(fields or {})}
        if form.method == "POST":
            return self.post(form.action, values, dest=dest)
        query = urlencode(values)
        return self.get(f"{form.action.partition('?')[0]}?{query}", dest=dest)

    def settle(self, page: Page, *, dest: str = "document") -> Page:
        """Follow the forms that pages send by themselves, until one stays."""
        for _ in range(LIMIT):
            form = next((form for form in page.forms if form.sends_itself), None)
            if form is None:
                return page
            page = self.submit(form, dest=dest)
        raise RuntimeError(f"forms that never end at {page.url}")

    def _open(self, method: str, url: str, fields: Mapping[str, str] | None, dest: str) -> Page:
        for _ in range(LIMIT):
            answer = self._request(method, url, fields, dest)
            if answer.status_code not in REDIRECTS:
                return read_page(url, answer.status_code, answer.text, answer.headers)
            url = urljoin(url, answer.headers["Location"])
            if answer.status_code not in KEEP_METHOD:
                method, fields = "GET", None
        raise RuntimeError(f"redirects that never end at {url}")

    def _request(
        self, method: str, url: str, fields: Mapping[str, str] | None, dest: str
    ) -> requests.Response:
        host = urlsplit(url).hostname or ""
        jar = self.cookies.setdefault(host, {})
        headers = {"User-Agent": self.agent, "Accept-Language": self.language, "Sec-Fetch-Dest": dest}
        headers["Accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        self._http.trust_env = False
        self._http.cookies.clear()
        answer = self._http.request(
            method,
            url,
            data=dict(fields) if fields is not None else None,
            headers=headers,
            allow_redirects=False,
            timeout=self.timeout,
        )
        answer.encoding = "utf-8"
        self.history.append((method, url, answer.status_code))
        _keep(jar, answer)
        return answer


def _keep(jar: dict[str, str], answer: requests.Response) -> None:
    for line in answer.raw.headers.getlist("Set-Cookie"):
        pair, _, attributes = line.partition(";")
        name, _, value = pair.strip().partition("=")
        gone = re.search(r"max-age=0\b|expires=thu, 01 jan 1970", attributes.lower()) or value in {"", '""'}
        if gone:
            jar.pop(name, None)
        else:
            jar[name] = value
