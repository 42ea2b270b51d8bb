//! Real manifests by other people.
