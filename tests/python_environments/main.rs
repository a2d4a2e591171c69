//! Environments as the program reads them, held against what `importlib.metadata` sees in them.
//!
//! The quick part makes its own environments and needs nothing but `python3`. The ignored part reads those that
//! `.ci/python-environments` makes with the real tools.

mod compare;
mod made;
mod real;
