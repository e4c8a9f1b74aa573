# SPDX-License-Identifier: BSL-1.0
"""GDB pretty-printers for the mutexes, guards and locks of holdfast: value, held, poisoned, waiters.

In GDB: source .../share/holdfast/gdb/holdfast.py  (docs/reference/gdb.md)
Reads memory only, so it works on core files too.
"""

import gdb
import gdb.printing

# What debug information does not tell: src/park/parking_lot_table.hpp and
# include/holdfast/wait/tuning.hpp. tests/unit/gdb_printer_test.sh notices when they change.
HASH_FACTOR = 0x9E3779B97F4A7C15
FIRST_TABLE_BITS = 6
PARKED = 1  # of the mark in include/holdfast/platform/lock_bytes.hpp
WORD = 1 << 64
QUEUE_AT_MOST = 1 << 20  # a longer queue is a broken one


class Unknown(Exception):
    """A figure that cannot be had; its text says why."""


def number(atomic):
    """The value of a platform::atomic."""
    return int(atomic["value_"])


def address_of(value):
    if value.address is None:
        raise Unknown("not in memory")
    return int(value.address) % WORD


def name_of(type_):
    return type_.strip_typedefs().unqualified().tag or str(type_)


def unchecked_platform(lock):
    """The platform whose queues the lock uses."""
    name = name_of(lock.type.strip_typedefs().template_argument(0))
    checked = "holdfast::platform::checked<"
    return name[len(checked):-1].strip() if name.startswith(checked) else name


# The parking lot ----------------------------------------------------------------------------------


def library_symbol(expression):
    try:
        return int(gdb.parse_and_eval(expression)) % WORD
    except gdb.error:
        raise Unknown("libholdfast is stripped of its symbols") from None


def lot_address(platform):
    if platform == "holdfast::platform::portable":
        return library_symbol("(unsigned long)&'holdfast::platform::process_root_portable()::root'")
    return library_symbol("*(unsigned long*)&holdfast_process_root_slot")


def library_type(name):
    """A type that only the library's own sources define; a mere declaration of it will not do."""
    try:
        found = gdb.lookup_type(name)
        if found.fields():
            return found
    except (gdb.error, TypeError):
        pass
    raise Unknown("libholdfast has no debug information")


def at(address, type_):
    return gdb.Value(address).cast(type_.pointer()).dereference()


def waiters_parked(lock):
    """How many threads sleep in the parking lot for this lock."""
    platform = unchecked_platform(lock)
    lot_name = f"holdfast::detail::basic_parking_lot<{platform}>"
    lot_type = library_type(lot_name)
    table_type = library_type(f"{lot_name}::table")
    bucket_type = library_type(f"{lot_name}::bucket")
    lot = lot_address(platform)
    if lot == 0:
        return 0  # nobody has used it yet
    # No table: the first one lies behind the lot.
    table = number(at(lot, lot_type)["table_"]) % WORD or lot + table_type.alignof
    bits = FIRST_TABLE_BITS + int(at(table, table_type)["bits_grown"])
    key = address_of(lock)
    index = key * HASH_FACTOR % WORD >> (64 - bits)
    bucket = at(table + table_type.sizeof + index * bucket_type.sizeof, bucket_type)
    count = 0
    waiter = bucket["first"]
    for _ in range(QUEUE_AT_MOST):
        if int(waiter) == 0:
            return count
        count += number(waiter["key"]) % WORD == key
        waiter = waiter["next"]
    raise Unknown("the queue has no end")


def plural(count, noun):
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# One function a lock: what state it is in ---------------------------------------------------------


def held_or_free(held):
    return "held" if held else "free"


def state_of_parking_lock(lock):
    bytes_ = lock["bytes_"]
    state = held_or_free(number(bytes_["held_"]))
    if number(bytes_["mark_"]) & PARKED == 0:
        return f"{state}, 0 waiters"
    try:
        return f"{state}, {plural(waiters_parked(lock), 'waiter')}"
    except Unknown as why:
        return f"{state}, perhaps waiters (their number is unknown: {why})"


def state_of_spin_lock(lock):
    return held_or_free(number(lock["word_"]))


def state_of_ticket_lock(lock):
    taken = (number(lock["next_"]) - number(lock["serving_"])) % (1 << 32)
    return "free" if taken == 0 else f"held, {plural(taken - 1, 'waiter')}"


def state_of_mcs_lock(lock):
    line = "waiters in line" if number(lock["last_"]) else "nobody in line"
    return f"{held_or_free(number(lock['held_']))}, {line}"


def state_of_native_lock(lock):
    try:
        data = lock["mutex_"]["mutex_"]["__data"]
        word, owner = int(data["__lock"]), int(data["__owner"])
    except gdb.error:
        return "state unknown (not glibc's pthread_mutex_t)"
    if word == 0:
        return "free"
    return f"held by thread {owner}{', perhaps waiters' if word == 2 else ''}"


STATES = {
    "parking_lock": state_of_parking_lock,
    "spin_lock": state_of_spin_lock,
    "ticket_lock": state_of_ticket_lock,
    "mcs_lock": state_of_mcs_lock,
    "native_lock": state_of_native_lock,
}


def lock_name(lock):
    """parking_lock for basic_parking_lock<...>, or None for a lock that is not ours."""
    name = name_of(lock.type).partition("<")[0].removeprefix("holdfast::basic_")
    return name if name in STATES else None


def state_of(lock):
    try:
        return STATES[lock_name(lock)](lock)
    except gdb.MemoryError as error:
        return f"state unknown ({error})"


# Printers -----------------------------------------------------------------------------------------


class LockPrinter:
    """holdfast::parking_lock (held, 2 waiters)"""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return f"holdfast::{lock_name(self.value)} ({state_of(self.value)})"


class MutexPrinter:
    """holdfast::mutex (held, 2 waiters, poisoned) = {value = 42}"""

    def __init__(self, value):
        self.value = value
        self.lock = value["lock_"]

    def to_string(self):
        parts = []
        kind = lock_name(self.lock)
        if kind is not None:
            parts.append(state_of(self.lock))
        poison = self.value["poison_"]
        if poison.type.fields() and number(poison["word_"]):
            parts.append("poisoned")
        by = f" with {kind}" if kind not in (None, "parking_lock") else ""
        return f"holdfast::mutex{by}" + (f" ({', '.join(parts)})" if parts else "")

    def children(self):
        yield "value", self.value["value_"]
        if lock_name(self.lock) is None:
            yield "lock", self.lock


class GuardPrinter:
    """holdfast::guard (holds 0x4040a0) = {value = 42}"""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        mutex = int(self.value["mutex_"])
        if mutex == 0:
            return "holdfast::guard (empty)"
        if not self.value["owns_"]:
            return f"holdfast::guard (does not hold {mutex:#x})"
        poisoned = ", was poisoned" if self.value["was_poisoned_"] else ""
        return f"holdfast::guard (holds {mutex:#x}{poisoned})"

    def children(self):
        if self.value["owns_"]:
            yield "value", self.value["value_"].dereference()


def owned_guard_printer(value):
    """An owned_guard is a guard and a share of the mutex; the share goes without saying."""
    for field in value.type.strip_typedefs().fields():
        if field.is_base_class and name_of(field.type).startswith("holdfast::guard<"):
            return GuardPrinter(value.cast(field.type))
    return None


def printers():
    collection = gdb.printing.RegexpCollectionPrettyPrinter("holdfast")
    collection.add_printer("mutex", "^holdfast::mutex<.*>$", MutexPrinter)
    collection.add_printer("guard", "^holdfast::guard<.*>$", GuardPrinter)
    collection.add_printer("owned_guard", "^holdfast::owned_guard<.*>$", owned_guard_printer)
    for name in STATES:
        collection.add_printer(name, f"^holdfast::basic_{name}<.*>$", LockPrinter)
    return collection


gdb.printing.register_pretty_printer(gdb.current_objfile(), printers(), replace=True)
