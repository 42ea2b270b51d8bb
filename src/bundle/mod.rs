//! A bundle as files: which there are and in which order, and how they get onto the disk all or nothing.
