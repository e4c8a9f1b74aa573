// SPDX-License-Identifier: BSL-1.0
// Segments whose data see to themselves.
#include "holdfast/process/named.hpp"

#include "process/segment.hpp"

namespace holdfast::process::detail {

void* open_object(std::string_view name, const options& how, const type_facts& type) {
  if (how.twice || how.engine != engine::shared_memory)
    throw_error(
        cause::unsupported, name, "",
        "is a semaphore or condition, which takes the engine shared_memory and nothing kept "
        "twice",
        "Open it without these options");
  segment_request wanted = request_of(name, how);
  wanted.wanted.engine = engine_id::own;
  wanted.wanted.payload_size = type.size;
  wanted.wanted.payload_align = type.align;
  wanted.wanted.type_name = type_in(type.compiler_name);
  wanted.wanted.type_hash = hash_of(wanted.wanted.type_name);
  struct maker {
    const type_facts& type;
    static void make(void* self, header&, std::byte* payload) {
      const type_facts& facts = static_cast<maker*>(self)->type;
      facts.make(facts.context, payload);
    }
  } made{type};
  wanted.initialise = maker::make;
  wanted.context = &made;
  return segment::open(wanted).payload();
}

}  // namespace holdfast::process::detail
