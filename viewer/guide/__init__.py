"""User guide: written pages, pages generated from declarations, and the site built from them."""
