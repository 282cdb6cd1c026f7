"""The monthly analysis of complaints: figures, pages, exports, signing (DESIGN §2.8)."""
