"""User guide: written pages, pages generated from declarations, and the site that is built from them."""
