//! The `meshward` program: everything it does is in the library and in [`cli`].

mod cli;

/// A check makes millions of small values in two threads, and this allocator is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run().into()
}
