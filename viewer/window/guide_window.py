"""Window of the user guide: pages, search and links, without a browser or an internet connection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, Qt, QUrl
from PySide6.QtGui import (
    QCursor,
    QDesktopServices,
    QImage,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.guide.contents import START, GuidePage, built_folder, guide_sections, read_results
from viewer.guide.markdown import keep_pictures, resolve, slug
from viewer.window.dock_panel import make_label

if TYPE_CHECKING:
    from viewer.window.controller import Controller

ROOT = "qrc:/guide/"
"""Addresses of the pages; `QTextBrowser` opens other schemes in a browser."""

SIZE = QSize(980, 720)
CONTENTS_WIDTH = 260
PAGE_MARGIN, HEADING_MARGIN, TABLE_MARGIN = 14, 16, 6
API = "api/"


def current_page() -> str:
    """Return the guide page for the focused widget, or the one under the mouse; else the first page."""
    focused = QApplication.focusWidget()
    return find_guide_page(focused) or find_guide_page(QApplication.widgetAt(QCursor.pos())) or START


def find_guide_page(widget: QWidget | None) -> str:
    """Return the guide page for the part of the window that contains a widget; "" if there is none."""
    current: QObject | None = widget
    while current is not None:
        name = getattr(current, "guide_page", None)
        if isinstance(name, str):
            return name
        current = current.parent()
    return ""


class GuideBrowser(QTextBrowser):
    """View of one page; loads pages and pictures of the guide.

    Parameters
    ----------
    pages
        The pages by name.
    controller
        Reads API pages in the background, because this imports the modules they describe.
    """

    def __init__(
        self, pages: dict[str, GuidePage], controller: Controller, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._pages = pages
        self._controller = controller
        self._built_folder = built_folder()
        self._page_texts: dict[str, str] = {}
        self.setOpenExternalLinks(True)
        self.setAccessibleName(self.tr("Page"))
        self._page = ""
        self.sourceChanged.connect(self._page_changed)

    @property
    def page(self) -> str:
        """Name of the current page."""
        return self._page

    def open_page(self, name: str, heading: str = "") -> None:
        """Show a page, scrolled to the heading with the given anchor, if any."""
        url = QUrl(f"{ROOT}{name}.md")
        if heading:
            url.setFragment(heading)
        self.setSource(url)

    def doSetSource(
        self,
        name: QUrl | str,
        type: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource,  # noqa: A002  Qt's name
    ) -> None:
        """Show an address; one without a scheme is relative to the current page."""
        super().doSetSource(self.source().resolved(QUrl(name)), type)

    def _page_changed(self, source: QUrl) -> None:
        self._page = source.path().removeprefix("/guide/").removesuffix(".md")
        self._style()
        self._scroll_to_heading(source)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return the Markdown of a page, or a picture scaled to fit the width."""
        path = QUrl(name).path().removeprefix("/guide/")
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return self._picture(path)
        page = path.removesuffix(".md")
        if page not in self._pages:
            return self.tr("# No such page\n\nThe guide has no page “{}”.").format(page)
        if page.startswith(API) and page not in self._page_texts:
            title = self.tr("Reading {}").format(self._pages[page].title)
            self._controller.run(
                lambda progress: self._pages[page].read(), title, lambda text: self._set_text(page, text)
            )
            return self.tr("Reading …")
        return keep_pictures(self._read(page), lambda target: self._file(resolve(page, target)) is not None)

    def _read(self, page: str) -> str:
        if page not in self._page_texts:
            self._page_texts[page] = self._pages[page].read()
        return self._page_texts[page]

    def _set_text(self, page: str, text: str | None) -> None:
        if text is not None:
            self._page_texts[page] = text
            if self.page == page:
                self.reload()
                self._style()

    def _file(self, path: str) -> Path | None:
        """Return the file of a picture; None if the built guide does not contain it."""
        file = (
            None if self._built_folder is None else self._built_folder / "_images" / path.rpartition("/")[2]
        )
        return file if file is not None and file.is_file() else None

    def _picture(self, path: str) -> QImage:
        file = self._file(path)
        picture = QImage() if file is None else QImage(str(file))
        # Leave room for the scroll bar, which may appear only once the picture is shown.
        margins = 2 * (PAGE_MARGIN + self.frameWidth())
        width = self.width() - margins - self.verticalScrollBar().sizeHint().width()
        if picture.width() > width > 0:
            return picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        return picture

    def _style(self) -> None:
        """Set margins and borders, and wrap code lines, which Qt's Markdown does not break."""
        self.document().setDocumentMargin(PAGE_MARGIN)
        cursor, block = QTextCursor(self.document()), self.document().begin()
        cursor.beginEditBlock()
        while block.isValid():
            shape = block.blockFormat()
            if shape.nonBreakableLines() or shape.headingLevel():
                shape.setTopMargin(HEADING_MARGIN if shape.headingLevel() else 0)
                if shape.nonBreakableLines():
                    shape.setNonBreakableLines(False)
                    shape.setBackground(self.palette().alternateBase())
                cursor.setPosition(block.position())
                cursor.setBlockFormat(shape)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                table_format = frame.format().toTableFormat()
                table_format.setBorderBrush(self.palette().mid())
                table_format.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
                table_format.setBorder(1)
                table_format.setCellSpacing(0)
                table_format.setCellPadding(4)
                table_format.setBorderCollapse(True)
                table_format.setTopMargin(TABLE_MARGIN)
                frame.setFormat(table_format)
        cursor.endEditBlock()

    def _scroll_to_heading(self, source: QUrl) -> None:
        """Scroll to the heading in the fragment of an address; Qt does not support Markdown anchors."""
        fragment = source.fragment()
        block = self.document().begin()
        while fragment and block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == fragment:
                self.setTextCursor(QTextCursor(block))
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + self.cursorRect().top())
                return
            block = block.next()

    def matches(self, page: str, words: list[str]) -> bool:
        """Return whether a page contains all words; of API pages not yet read, only the title is searched."""
        is_read = not page.startswith(API) or page in self._page_texts
        text = f"{self._pages[page].title}\n{self._read(page) if is_read else ''}".casefold()
        return all(word in text for word in words)


class GuideWindow(QDialog):
    """The guide: contents and search on the left, the page on the right.

    Parameters
    ----------
    controller
        Runs long tasks.
    """

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Guide"))
        self.setModal(False)
        self._built_folder = built_folder()
        sections = guide_sections(read_results(self._built_folder))
        pages = {page.name: page for section in sections for page in section.pages}
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText(self.tr("Search the guide"))
        self.search_field.setAccessibleName(self.tr("Search the guide"))
        self.search_field.setClearButtonEnabled(True)
        self.contents_tree = QTreeWidget()
        self.contents_tree.setHeaderHidden(True)
        self.contents_tree.setAccessibleName(self.tr("Contents"))
        self._items: dict[str, QTreeWidgetItem] = {}
        for section in sections:
            group = QTreeWidgetItem(self.contents_tree, [section.title])
            for page in section.pages:
                item = QTreeWidgetItem(group, [page.title])
                item.setData(0, Qt.ItemDataRole.UserRole, page.name)
                self._items[page.name] = item
        self.browser = GuideBrowser(pages, controller)
        self.back_button = QPushButton(self.tr("Back"))
        self.forward_button = QPushButton(self.tr("Forward"))
        self.browser_button = QPushButton(self.tr("Open in browser"))
        self.browser_button.setEnabled(self._built_folder is not None)
        for button in (self.back_button, self.forward_button, self.browser_button):
            button.setProperty("role", "small")
            button.setAutoDefault(False)
        self._lay_out()
        self.search_field.textChanged.connect(self._filter)
        self.contents_tree.currentItemChanged.connect(self._open_item)
        self.browser.sourceChanged.connect(self._select_item)
        self.browser.backwardAvailable.connect(self.back_button.setEnabled)
        self.browser.forwardAvailable.connect(self.forward_button.setEnabled)
        self.back_button.clicked.connect(self.browser.backward)
        self.forward_button.clicked.connect(self.browser.forward)
        self.browser_button.clicked.connect(self._open_in_browser)
        self.back_button.setEnabled(False)
        self.forward_button.setEnabled(False)

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.search_field)
        column.addWidget(self.contents_tree)
        row = QHBoxLayout()
        row.addWidget(self.back_button)
        row.addWidget(self.forward_button)
        row.addStretch(1)
        row.addWidget(self.browser_button)
        page = QVBoxLayout(right)
        page.setContentsMargins(0, 0, 0, 0)
        page.addLayout(row)
        page.addWidget(self.browser, 1)
        if self._built_folder is None:
            page.addWidget(
                make_label(
                    self.tr("No pictures: “saliency-viewer guide --build DIR” builds them, for a browser."),
                    "quiet",
                )
            )
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setSizes([CONTENTS_WIDTH, SIZE.width() - CONTENTS_WIDTH])
        splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(splitter)
        self.resize(SIZE)

    @property
    def page(self) -> str:
        """Name of the current page."""
        return self.browser.page

    def open_page(self, name: str, heading: str = "") -> None:
        """Raise the window and show a page, scrolled to the heading with the given anchor, if any."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.browser.open_page(name, heading)
        self.browser.setFocus()

    def _open_item(self, item: QTreeWidgetItem | None) -> None:
        name = None if item is None else item.data(0, Qt.ItemDataRole.UserRole)
        if name is not None and name != self.page:
            self.browser.open_page(name)

    def _select_item(self) -> None:
        item = self._items.get(self.page)
        if item is not None:
            self.contents_tree.setCurrentItem(item)

    def _filter(self, query: str) -> None:
        """List only pages that contain all words."""
        words = query.casefold().split()
        for name, item in self._items.items():
            item.setHidden(not self.browser.matches(name, words))
        for index in range(self.contents_tree.topLevelItemCount()):
            group = self.contents_tree.topLevelItem(index)
            if group is None:
                continue
            children = [group.child(row) for row in range(group.childCount())]
            group.setHidden(all(child is None or child.isHidden() for child in children))
            group.setExpanded(bool(words))
        self._select_item()

    def _open_in_browser(self) -> None:
        if self._built_folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._built_folder / f"{self.page}.html")))
