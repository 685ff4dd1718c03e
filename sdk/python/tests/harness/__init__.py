"""What tests of the wire need: raw connections and peers, agents under test, clocks."""
