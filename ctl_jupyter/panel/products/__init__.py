"""The panel's tab of products."""

from ctl_jupyter.panel.products.tab import ProductsTab

__all__ = ["ProductsTab"]
