"""What a camera's pictures are handed to. output.py says what an output is; camera.py lists them."""
