"""The measuring of the product by itself: `make bench`. Each part gives figures, some of them with a bar to meet."""
