"""Sets of labelled pictures, ImageNet's or one's own: what is in them, found without opening a picture."""
