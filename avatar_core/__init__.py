"""The studio's core: avatars, motion, documents, drawing and recording, without a GUI toolkit."""
