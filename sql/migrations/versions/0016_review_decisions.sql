-- Two more decisions of a person. Alone, because a new value may be named only after the transaction that added it.

SET LOCAL search_path = public;

ALTER TYPE review_decision ADD VALUE 'not_in_document';
ALTER TYPE review_decision ADD VALUE 'withdrawn';
COMMENT ON TYPE review_decision IS
'accepted: the value is right as it stands
corrected: the review carries the right value and quote
rejected: there is no such value
gold_wrong: the annotation it was compared with is wrong
not_in_document: the document has no value of the field at all
withdrawn: the decision that review.withdraws names is taken back';
