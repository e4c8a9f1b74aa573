// SPDX-License-Identifier: BSL-1.0
//! Rust's locks for C++: each lies in memory of the caller, at an address that it keeps, and is
//! never destroyed, as none of them owns anything.
//!
//! C++ unlocks without a guard. So a lock makes one guard when it begins, keeps a copy of its bits,
//! forgets each guard that it is given, and drops the copy to unlock. All guards of a lock are the
//! same bits: the lock's address, and that nobody panicked.
//!
//! # Safety
//! Of all functions: the address is that of memory set aside for the type, `init` has been called,
//! and who unlocks or waits owns the lock.
#![allow(clippy::missing_safety_doc)]

/// The functions of one library, over `Mutex`, `RwLock`, `Condvar`, their guards, and `owned` and
/// `waited`, which hide where the libraries differ.
macro_rules! export {
    ($prefix:literal) => {
        #[repr(C)] // the lock first, as in C++
        pub struct Locked {
            mutex: Mutex<()>,
            guard: MaybeUninit<MutexGuard<'static, ()>>,
        }

        #[repr(C)]
        pub struct Shared {
            lock: RwLock<()>,
            reader: MaybeUninit<RwLockReadGuard<'static, ()>>,
            writer: MaybeUninit<RwLockWriteGuard<'static, ()>>,
        }

        // What rust.hpp sets aside.
        const _: () = assert!(size_of::<Locked>() <= 32 && align_of::<Locked>() <= 8);
        const _: () = assert!(size_of::<Shared>() <= 64 && align_of::<Shared>() <= 8);
        const _: () = assert!(size_of::<Condvar>() <= 32 && align_of::<Condvar>() <= 8);

        /// The guard that the owner of the lock has forgotten.
        unsafe fn again<G>(guard: &MaybeUninit<G>) -> G {
            ptr::read(guard.as_ptr())
        }

        #[export_name = concat!($prefix, "_mutex_init")]
        pub unsafe extern "C" fn mutex_init(place: *mut Locked) {
            place.write(Locked {
                mutex: Mutex::new(()),
                guard: MaybeUninit::uninit(),
            });
            let bits = ptr::read(&owned((*place).mutex.lock()));
            (*place).guard.write(bits);
        }
        #[export_name = concat!($prefix, "_mutex_bytes")]
        pub extern "C" fn mutex_bytes() -> usize {
            size_of::<Mutex<()>>()
        }
        #[export_name = concat!($prefix, "_mutex_lock")]
        pub unsafe extern "C" fn mutex_lock(locked: &'static Locked) {
            forget(owned(locked.mutex.lock()));
        }
        #[export_name = concat!($prefix, "_mutex_unlock")]
        pub unsafe extern "C" fn mutex_unlock(locked: &'static Locked) {
            drop(again(&locked.guard));
        }

        #[export_name = concat!($prefix, "_rw_lock_init")]
        pub unsafe extern "C" fn rw_lock_init(place: *mut Shared) {
            place.write(Shared {
                lock: RwLock::new(()),
                reader: MaybeUninit::uninit(),
                writer: MaybeUninit::uninit(),
            });
            let bits = ptr::read(&owned((*place).lock.read()));
            (*place).reader.write(bits);
            let bits = ptr::read(&owned((*place).lock.write()));
            (*place).writer.write(bits);
        }
        #[export_name = concat!($prefix, "_rw_lock_bytes")]
        pub extern "C" fn rw_lock_bytes() -> usize {
            size_of::<RwLock<()>>()
        }
        #[export_name = concat!($prefix, "_rw_lock_lock")]
        pub unsafe extern "C" fn rw_lock_lock(shared: &'static Shared) {
            forget(owned(shared.lock.write()));
        }
        #[export_name = concat!($prefix, "_rw_lock_unlock")]
        pub unsafe extern "C" fn rw_lock_unlock(shared: &'static Shared) {
            drop(again(&shared.writer));
        }
        #[export_name = concat!($prefix, "_rw_lock_lock_shared")]
        pub unsafe extern "C" fn rw_lock_lock_shared(shared: &'static Shared) {
            forget(owned(shared.lock.read()));
        }
        #[export_name = concat!($prefix, "_rw_lock_unlock_shared")]
        pub unsafe extern "C" fn rw_lock_unlock_shared(shared: &'static Shared) {
            drop(again(&shared.reader));
        }

        #[export_name = concat!($prefix, "_condition_init")]
        pub unsafe extern "C" fn condition_init(place: *mut Condvar) {
            place.write(Condvar::new());
        }
        #[export_name = concat!($prefix, "_condition_wait")]
        pub unsafe extern "C" fn condition_wait(changed: &'static Condvar, with: &'static Locked) {
            forget(waited(changed, again(&with.guard)));
        }
        #[export_name = concat!($prefix, "_condition_notify_one")]
        pub extern "C" fn condition_notify_one(changed: &Condvar) {
            changed.notify_one();
        }
        #[export_name = concat!($prefix, "_condition_notify_all")]
        pub extern "C" fn condition_notify_all(changed: &Condvar) {
            changed.notify_all();
        }
    };
}

pub mod rust_std {
    use std::mem::{align_of, forget, size_of, MaybeUninit};
    use std::ptr;
    use std::sync::*;

    fn owned<G>(result: LockResult<G>) -> G {
        result.unwrap() // as everybody writes it
    }
    fn waited<'a>(changed: &Condvar, guard: MutexGuard<'a, ()>) -> MutexGuard<'a, ()> {
        changed.wait(guard).unwrap()
    }
    export!("rust_std");
}

#[cfg(feature = "with_parking_lot")]
pub mod rust_parking_lot {
    use ::parking_lot::*;
    use std::mem::{align_of, forget, size_of, MaybeUninit};
    use std::ptr;

    fn owned<G>(guard: G) -> G {
        guard
    }
    fn waited<'a>(changed: &Condvar, mut guard: MutexGuard<'a, ()>) -> MutexGuard<'a, ()> {
        changed.wait(&mut guard);
        guard
    }
    export!("rust_parking_lot");
}
