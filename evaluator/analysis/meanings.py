"""What each code of the analysis stands for; `docs/analysis.md` has a section for each."""

MEANING_OF_FINDING = {
    "W811": "what one rule requires, another does not allow",
    "W812": "two rules that say the same",
    "W813": "a rule that another one covers",
    "W814": "a rule that never fires",
    "W815": "two rules that together deny every line",
    "W816": "an exemption that never holds",
    "W817": "an exemption that always holds",
    "W818": "a limit that a stricter one makes idle",
    "W819": "a code that requires or forbids itself",
    "W821": "a gap between two versions of a rule",
    "W822": "two versions of a rule that overlap",
    "W831": "a code that does not exist on the rule's dates",
    "W832": "a prefix or a range that matches no code",
    "W841": "a list, table or field that nothing uses",
    "W851": "a character that looks like another one",
    "W861": "a comment that allows what is not found",
    "I871": "a rule without an example",
    "I872": "a rule without a source",
    "I873": "a rule without a message",
}
