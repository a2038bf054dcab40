class Page:
    def title(self):
        return "page"

    def body(self):
        return self.title() * 2


def render(page):
    assert page, "no page"
    return page.body()
