// SPDX-License-Identifier: BSL-1.0
// A system call that blocks its thread, made where that does no harm: one fiber reads a pipe, and
// another of the same thread writes what it waits for.
#include <unistd.h>

#include <iostream>
#include <string>

#include <holdfast/fiber/fiber.hpp>

int main() {
  int ends[2];
  if (::pipe(ends) != 0) return 77;
  holdfast::fiber::scheduler s;

  // [blocking]
  auto reader = s.spawn([&] {
    char text[16];
    // Other fibers run meanwhile. Called directly, read() would stop the thread, and with it the
    // fiber that is to write.
    const auto length =
        holdfast::fiber::blocking([&] { return ::read(ends[0], text, sizeof text); });
    return length < 0 ? std::string() : std::string(text, static_cast<std::size_t>(length));
  });
  // [/blocking]

  auto writer = s.spawn([&] {
    const std::string message = "hello";
    return ::write(ends[1], message.data(), message.size()) == 5;
  });

  s.run();

  const bool written = writer.join();
  const std::string read = reader.join();
  ::close(ends[0]);
  ::close(ends[1]);
  std::cout << "one fiber wrote, the other read: " << read << '\n';
  return written && read == "hello" ? 0 : 1;
}
