"""Dark and light theme: palettes for the Fusion style, a style sheet, the font and the icons.

Fusion follows the desktop's colour scheme only on some platforms, so both palettes are defined in full.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QFont, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from viewer.models.fit_report import FitVerdict
from viewer.resource_files import resource_path
from viewer.session.view import Theme

ACCENT = "#f5821f"


@dataclass(frozen=True)
class ThemeColours:
    """Colours of a theme.

    Every text colour (text, quiet, warning, good, bad, link) has a contrast ratio of at least 4.5 to each of
    its backgrounds, as WCAG 2.1 requires. Disabled text, which WCAG exempts, has at least 3.
    """

    window: str
    panel: str
    base: str
    raised: str
    border: str
    text: str
    quiet: str
    disabled: str
    picture: str
    letter: str
    highlight: str
    selected: str
    on_highlight: str
    bar: str
    warning: str
    success: str
    error: str
    link: str
    progress: str


DARK = ThemeColours(
    window="#15181d",
    panel="#1b1f26",
    base="#12151a",
    raised="#272c35",
    border="#333a45",
    text="#e4e7eb",
    quiet="#9aa4b2",
    disabled="#727c8a",
    picture="#0b0d10",
    letter="#aeb7c4",
    highlight="#2f6aa8",
    selected="#26384d",
    on_highlight="#ffffff",
    bar="#f5821f",
    warning="#f0b429",
    success="#4cc38a",
    error="#ff7b72",
    link="#f5821f",
    progress="#275a8f",
)
LIGHT = ThemeColours(
    window="#eceef1",
    panel="#f6f7f9",
    base="#ffffff",
    raised="#ffffff",
    border="#cfd4db",
    text="#1b1f24",
    quiet="#5b6573",
    disabled="#7f8793",
    picture="#ffffff",
    letter="#4a5361",
    highlight="#2f6fb5",
    selected="#d5e5f6",
    on_highlight="#ffffff",
    bar="#d9660a",
    warning="#855900",
    success="#1a7346",
    error="#b3261e",
    link="#2a66a8",
    progress="#a8cbee",
)


def theme_colours(theme: Theme) -> ThemeColours:
    """Return the colours of a theme."""
    return DARK if theme is Theme.DARK else LIGHT


def make_palette(theme: Theme) -> QPalette:
    """Return a palette that sets all roles, so that none depends on the platform."""
    colours = theme_colours(theme)
    roles = QPalette.ColorRole
    result = QPalette(QColor(colours.raised), QColor(colours.window))
    for role, colour in {
        roles.Window: colours.panel,
        roles.WindowText: colours.text,
        roles.Base: colours.base,
        roles.AlternateBase: colours.panel,
        roles.Text: colours.text,
        roles.Button: colours.raised,
        roles.ButtonText: colours.text,
        roles.BrightText: colours.warning,
        roles.ToolTipBase: colours.raised,
        roles.ToolTipText: colours.text,
        roles.PlaceholderText: colours.quiet,
        roles.Highlight: colours.highlight,
        roles.HighlightedText: colours.on_highlight,
        roles.Accent: colours.highlight,
        roles.Link: colours.link,
        roles.LinkVisited: colours.link,
        roles.Light: colours.raised,
        roles.Midlight: colours.raised,
        roles.Mid: colours.border,
        roles.Dark: colours.border,
        roles.Shadow: colours.window,
    }.items():
        result.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.disabled))
    result.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(colours.border))
    return result


def make_style_sheet(theme: Theme) -> str:
    """Return the style sheet: spacing, borders, and widgets that Fusion draws too heavily."""
    own = theme_colours(theme)
    check = resource_path("icons/check.svg").as_posix()
    return f"""
    QMainWindow, QMenuBar, QStatusBar {{ background: {own.window}; }}
    QMainWindow::separator {{ background: {own.window}; width: 5px; height: 5px; }}
    QMainWindow::separator:hover {{ background: {own.highlight}; }}
    QSplitter::handle {{ background: {own.window}; }}
    QSplitter::handle:hover {{ background: {own.highlight}; }}
    QMenuBar {{ padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {own.raised}; }}
    QStatusBar {{ border-top: 1px solid {own.border}; }}
    QStatusBar::item {{ border: none; }}
    QDockWidget {{ font-weight: 600; }}
    QDockWidget > QWidget {{ font-weight: 400; }}
    QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: {own.panel}; border: none; }}
    QLabel[role="title"] {{ font-weight: 600; font-size: 11pt; }}
    QLabel[role="quiet"] {{ color: {own.quiet}; }}
    QLabel[role="warning"] {{ color: {own.warning}; }}
    QLabel[role="section"] {{ color: {own.quiet}; font-weight: 600; }}
    QPushButton {{
        padding: 5px 10px; border: 1px solid {own.border}; border-radius: 5px; background: {own.raised};
    }}
    QPushButton:hover {{ border-color: {own.highlight}; }}
    QPushButton:pressed {{ background: {own.border}; }}
    QPushButton:focus {{ border-color: {own.highlight}; }}
    QPushButton:disabled {{ color: {own.disabled}; background: {own.panel}; }}
    QPushButton[role="narrow"] {{ padding: 5px 3px; }}
    QPushButton[role="small"] {{ padding: 2px 7px; }}
    QFrame#fit_strip {{
        border: 1px solid {own.border}; border-left: 4px solid {own.quiet}; border-radius: 4px;
        background: {own.base};
    }}
    QFrame#welcome {{
        border: 1px solid {own.border}; border-radius: 8px; background: {own.panel};
    }}
    QLabel#fit_word {{ font-weight: 600; color: {own.quiet}; }}
    {make_verdict_style(own)}
    QLabel[struck="true"] {{ text-decoration: line-through; color: {own.quiet}; }}
    QPushButton[role="main"] {{
        background: {own.bar}; border-color: {own.bar}; color: #14100b; font-weight: 600;
    }}
    QPushButton[role="main"]:focus {{ border-color: {own.text}; }}
    QPushButton[role="main"]:hover {{ background: #ff9a42; }}
    QPushButton[role="main"]:disabled {{
        background: {own.raised}; border-color: {own.border}; color: {own.disabled};
    }}
    QLineEdit {{ padding: 3px 5px; }}
    QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ padding: 0 3px; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 3px; }}
    QToolButton:hover {{ background: {own.raised}; border-color: {own.border}; }}
    QToolButton:focus {{ border-color: {own.highlight}; }}
    QListView, QTreeView {{
        border: 1px solid {own.border}; border-radius: 5px; background: {own.base}; outline: none;
    }}
    QHeaderView::section {{
        background: {own.panel}; color: {own.quiet}; border: none;
        border-bottom: 1px solid {own.border}; padding: 2px 4px;
    }}
    QListView#channels::item {{ border-left: none; padding: 1px; }}
    QTreeView::item {{ padding: 2px 0; }}
    QTreeView::item:selected {{ background: {own.selected}; color: {own.text}; }}
    QListView::item {{ border-left: 3px solid transparent; }}
    QListView::item:selected {{
        background: {own.selected}; border-left-color: {own.bar}; color: {own.text};
    }}
    QListView:focus, QTreeView:focus {{ border-color: {own.highlight}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QProgressBar {{
        border: 1px solid {own.border}; border-radius: 4px; background: {own.base}; text-align: center;
    }}
    QProgressBar::chunk {{ background: {own.progress}; border-radius: 3px; }}
    QCheckBox {{ spacing: 7px; }}
    QCheckBox::indicator, QTreeView::indicator, QListView::indicator {{
        width: 13px; height: 13px; border: 1px solid {own.quiet}; border-radius: 3px; background: {own.base};
    }}
    QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {own.highlight}; }}
    QCheckBox::indicator:checked, QTreeView::indicator:checked, QListView::indicator:checked {{
        background: {own.highlight}; border-color: {own.highlight}; image: url("{check}");
    }}
    QCheckBox::indicator:checked:focus {{ border-color: {own.text}; }}
    QRadioButton {{ spacing: 7px; }}
    QRadioButton::indicator {{
        width: 13px; height: 13px; border: 1px solid {own.quiet}; border-radius: 7px; background: {own.base};
    }}
    QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {own.highlight}; }}
    QRadioButton::indicator:checked {{
        border-color: {own.highlight};
        background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
            stop: 0 {own.on_highlight}, stop: 0.4 {own.on_highlight},
            stop: 0.5 {own.highlight}, stop: 1 {own.highlight});
    }}
    QRadioButton::indicator:checked:focus {{ border-color: {own.text}; }}
    QScrollBar:vertical {{ background: transparent; width: 9px; margin: 0; }}
    QScrollBar::handle:vertical {{
        background: {own.border}; border-radius: 3px; min-height: 28px; margin: 1px 1px 1px 2px;
    }}
    QScrollBar::handle:vertical:hover {{ background: {own.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QToolTip {{ border: 1px solid {own.border}; padding: 4px; }}
    """


def verdict_colours(colours: ThemeColours) -> dict[FitVerdict, str]:
    """Return the colour of each verdict of the fit check."""
    return {
        FitVerdict.OK: colours.success,
        FitVerdict.CAUTION: colours.warning,
        FitVerdict.UNFIT: colours.error,
        FitVerdict.NOT_MEASURABLE: colours.quiet,
    }


def make_verdict_style(colours: ThemeColours) -> str:
    """Return the style of the strip of the fit check, which has its verdict as a property."""
    return "".join(
        f'QFrame#fit_strip[verdict="{verdict}"] {{ border-left-color: {colour}; }}'
        f'QLabel#fit_word[verdict="{verdict}"] {{ color: {colour}; }}'
        for verdict, colour in verdict_colours(colours).items()
    )


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Apply a theme to the application, also while it runs."""
    app.setPalette(make_palette(theme))
    app.setStyleSheet(make_style_sheet(theme))


def application_font() -> QFont:
    """Return the first installed font of a list of interface fonts, at a size that fits two panel columns."""
    font = QFont()
    font.setFamilies(["Inter", "SF Pro Text", "Segoe UI", "Noto Sans", "Cantarell", "DejaVu Sans"])
    font.setPointSizeF(9.0)
    return font


_EYELIDS = "M1.5 8s2.4-4.5 6.5-4.5S14.5 8 14.5 8 12.1 12.5 8 12.5 1.5 8 1.5 8z"
ICON_STROKES = {
    "eye": f'<path d="{_EYELIDS}"/><circle cx="8" cy="8" r="2"/>',
    "eye-off": f'<path d="{_EYELIDS}" opacity=".45"/><path d="M3 13.5 13 2.5"/>',
    "keep": '<path d="M8 2 14.5 5.5 8 9 1.5 5.5zM1.5 10.5 8 14l6.5-3.5"/>',
    "keep-off": '<path d="M8 2 14.5 5.5 8 9 1.5 5.5z" opacity=".45"/>',
    "open": '<path d="M1.8 12.8V3.5h4l1.5 1.8h6.9v7.5z"/>',
    "save": '<path d="M2.5 2.5h8.8l2.2 2.2v8.8h-11zM5 2.5v3.6h5.2V2.5M4.6 13.5V9.2h6.8v4.3"/>',
    "remove": '<path d="M3 4.5h10M6.2 4.5V2.7h3.6v1.8M4.3 4.5l.6 8.8h6.2l.6-8.8M6.7 7v4M9.3 7v4"/>',
    "cancel": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "fit-ok": '<circle cx="8" cy="8" r="6.4"/><path d="M5 8.2l2.2 2.2L11.2 6"/>',
    "fit-caution": '<path d="M8 1.8 14.8 13.8H1.2zM8 6v4M8 12v.2"/>',
    "fit-unfit": '<path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z"/>'
    '<path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"/>',
    "fit-unknown": '<circle cx="8" cy="8" r="6.4" stroke-dasharray="2.2 1.8"/>'
    '<path d="M6.1 6.4a1.9 1.9 0 1 1 2.7 1.7c-.6.3-.8.6-.8 1.2M8 11.4v.2"/>',
    "app": '<path d="M8 1.8 14 5v6L8 14.2 2 11V5zM2 5l6 3.2L14 5M8 8.2v6"/>',
}


def render_icon(name: str, colour: str, size: int) -> QPixmap:
    """Render an icon as a pixmap of ``size`` by ``size``, with strokes of ``colour`` (``#rrggbb``)."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 16 16" '
        f'fill="none" stroke="{colour}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">'
        f"{ICON_STROKES[name]}</svg>"
    )
    picture = QPixmap()
    picture.loadFromData(QByteArray(svg.encode()), "SVG")
    return picture


def make_icon(name: str, colour: str) -> QIcon:
    """Create an icon that is sharp at normal and at double pixel density."""
    result = QIcon()
    for size in (16, 32):
        result.addPixmap(render_icon(name, colour, size))
    return result
