"""What a person does in the pages, by the words they read there."""

from playwright.sync_api import Browser, Page, expect

PASSWORD = "un long mot de passe"
GUARD = 30_000  # ms: a guard against hanging, never a measurement


class Person:
    """Somebody with a browser of their own, at one node."""

    def __init__(self, browser: Browser, origin: str, width: int = 1280, *, script: bool = True) -> None:
        self.origin = origin
        self.context = browser.new_context(
            locale="fr-FR", viewport={"width": width, "height": 900}, java_script_enabled=script
        )
        self.context.set_default_timeout(GUARD)
        self.page: Page = self.context.new_page()

    def goes(self, path: str) -> "Person":
        """Open a page of the node."""
        answer = self.page.goto(path if path.startswith("http") else self.origin + path)
        assert answer, path
        assert answer.status < 400, f"{path}: {answer.status}"
        return self

    def fills(self, **fields: str) -> "Person":
        """Write into fields by name; choose in lists and boxes."""
        for name, value in fields.items():
            field = self.page.locator(f"main [name={name}]")
            if field.first.get_attribute("type") in {"radio", "checkbox"}:
                self.page.locator(f"main [name={name}][value='{value}']").check()
            elif field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        return self

    def sends(self, label: str) -> "Person":
        """Press the button of a form, and wait for the page that answers."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=label, exact=True).click()
        return self

    def reads(self, text: str) -> "Person":
        """Expect to read this somewhere on the page."""
        expect(self.page.locator("body")).to_contain_text(text, timeout=GUARD)
        return self

    def does(self, label: str, **fields: str) -> "Person":
        """In the room: press an act; where it asks first, fill in what it asks and confirm."""
        thing = self.page.locator("main").get_by_text(label, exact=True).and_(self.page.locator("button, a.button"))
        expect(thing.first).to_be_visible(timeout=GUARD)
        asks = thing.first.get_attribute("data-dialog") is not None
        thing.first.click()
        if asks:
            dialog = self.page.get_by_role("dialog")
            for name, value in fields.items():
                dialog.locator(f"[name={name}]").fill(value)
            dialog.get_by_role("button", name=label, exact=True).click()
            expect(dialog).to_be_hidden(timeout=GUARD)
        return self

    def notes(self) -> "Person":
        """Wait for the sentence that says that the act is kept."""
        expect(self.page.locator("#message")).to_contain_text("à ", timeout=GUARD)
        self.page.evaluate("document.getElementById('message').textContent = ''")
        return self

    def joins(self, link: str, name: str, username: str, kind: str = "person") -> "Person":
        """Create an account behind an invitation."""
        self.goes(link).fills(
            display_name=name, kind=kind, username=username, password=PASSWORD, password_again=PASSWORD
        )
        return self.sends("Créer mon compte")

    def invites(self) -> str:
        """Return a fresh invitation link."""
        self.goes("/compte/invitations").sends("Créer un lien")
        return self.page.get_by_label("Le lien, montré cette fois seulement").input_value()

    def sets_up(self, node: str, collective: str, name: str, username: str, place: str) -> "Person":
        """Fill the first-run page, to which every address leads."""
        self.goes("/")
        assert self.page.url.endswith("/bienvenue")
        self.fills(node_name=node, collective_name=collective, display_name=name, username=username, place=place)
        return self.fills(password=PASSWORD, password_again=PASSWORD).sends("Créer ce nœud")

    def state(self) -> dict:
        """Return the cookies, for another browser of the same person."""
        return self.context.storage_state()
