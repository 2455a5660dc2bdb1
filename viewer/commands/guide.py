"""Print pages of the user guide, or build it as a web site."""

from __future__ import annotations

import argparse
from pathlib import Path

from viewer.commands.console import show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError

EXAMPLE = """example:
  saliency-viewer guide
  saliency-viewer guide methods/integrated-gradients
  saliency-viewer guide --build guide

Without PAGE, all pages are listed. --build needs the packages of saliency-viewer[docs] and takes a while,
because it runs the commands of the pages; unchanged commands are not run again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("page", metavar="PAGE", nargs="?", help="print this page, as Markdown")
    parser.add_argument(
        "--build",
        metavar="DIR",
        type=parse_output_path,
        help="build the guide in this folder, as HTML",
    )
    parser.add_argument(
        "--work",
        metavar="DIR",
        type=parse_output_path,
        help="keep intermediate files here (default: DIR.work)",
    )
    parser.add_argument(
        "--pictures",
        choices=("all", "cases", "none"),
        default="all",
        help="pictures to make: of all pages, only of the worked cases, or none (default: all)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a page or the list of pages, or build the guide and print the path of its first page."""
    if arguments.build is not None:
        if arguments.page is not None:
            raise UsageError("--build builds all pages; leave the page out")
        print(_build_guide(arguments))
        return 0
    from viewer.guide.contents import find_page, guide_sections

    if arguments.page is not None:
        print(find_page(arguments.page.removesuffix(".md")).read(), end="")
        return 0
    sections = guide_sections()
    width = max(len(page.name) for section in sections for page in section.pages)
    print(
        "\n\n".join(
            "\n".join([section.title, *(f"  {page.name:{width}}  {page.title}" for page in section.pages)])
            for section in sections
        )
    )
    return 0


def _build_guide(arguments: argparse.Namespace) -> Path:
    from viewer.guide.pictures import case_jobs, make_pictures, method_jobs, program_pictures
    from viewer.guide.site import build_site

    output = Path(arguments.build)
    work_folder = Path(arguments.work or f"{output}.work").absolute()
    jobs = {"none": [], "cases": case_jobs(), "all": [*case_jobs(), *method_jobs()]}[arguments.pictures]
    pictures = program_pictures()
    with show_progress(arguments.quiet) as progress:
        folder = make_pictures(jobs, work_folder, progress)
    names = {name for job in jobs for name in (*job.files.values(), job.output_file) if name}
    pictures |= {name: folder / name for name in sorted(names)}
    return build_site(output, work_folder, pictures)
