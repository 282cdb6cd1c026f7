"""What customers send beside words: taken in, judged by content, kept, shown (DESIGN §4)."""
