//! The tests that look at Carnet from outside, in one program.

mod payment_file;
