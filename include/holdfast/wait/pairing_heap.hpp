// SPDX-License-Identifier: BSL-1.0
// A heap whose nodes are linked by themselves: who is to be woken first.
#pragma once

#include <cstdint>

namespace holdfast::detail {

// Where a node is in its heap.
template <class Node>
struct heap_links {
  Node* child = nullptr;     // its first, all of which are due later
  Node* sibling = nullptr;   // the next child of the same parent
  Node* previous = nullptr;  // the sibling before, or the parent
};

// The node that is due first is the first. Inserting costs one comparison, removing the logarithm of
// their number, amortised, and neither needs memory. `Node` derives from heap_links<Node> and has
// `std::int64_t due() const`, which is fixed while it is in the heap. (Source: M. Fredman et al., The Pairing Heap, 1986.)
template <class Node>
class pairing_heap {
 public:
  Node* first() const noexcept { return first_; }

  void insert(Node& a) noexcept {
    a.child = a.sibling = a.previous = nullptr;
    first_ = merge(first_, &a);
  }

  void remove(Node& a) noexcept {
    Node* const below = merge_siblings(a.child);
    if (&a == first_) {
      first_ = below;
      return;
    }
    (a.previous->child == &a ? a.previous->child : a.previous->sibling) = a.sibling;
    if (a.sibling != nullptr) a.sibling->previous = a.previous;
    first_ = merge(first_, below);
  }

 private:
  static Node* merge(Node* a, Node* b) noexcept {
    if (a == nullptr) return b;
    if (b == nullptr) return a;
    Node* const sooner = b->due() < a->due() ? b : a;
    Node* const later = sooner == a ? b : a;
    later->previous = sooner;
    later->sibling = sooner->child;
    if (sooner->child != nullptr) sooner->child->previous = later;
    sooner->child = later;
    return sooner;
  }

  static Node* merge_siblings(Node* rest) noexcept {
    Node* pairs = nullptr;
    while (rest != nullptr) {
      Node* const a = rest;
      Node* const b = a->sibling;
      rest = b != nullptr ? b->sibling : nullptr;
      Node* const pair = merge(a, b);
      pair->sibling = pairs;
      pairs = pair;
    }
    Node* all = nullptr;
    while (pairs != nullptr) {
      Node* const each = pairs;
      pairs = each->sibling;
      each->sibling = each->previous = nullptr;
      all = merge(all, each);
    }
    return all;
  }

  Node* first_ = nullptr;
};

}  // namespace holdfast::detail
