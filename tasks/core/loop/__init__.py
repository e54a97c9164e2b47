"""The verify loop's rules, without any model: ground an answer, assess it, decide what goes again, make the results.

budget           seconds and tokens that a document or a batch may use
grounded_answer  a raw answer, parsed, with the place of every value in the document
verdicts         what the critic said of one value
assessment       a grounded answer and its critique, joined
revision         which chunks go again, and why the others stop
state            every assessment of a run so far; the one way there for live, resumed and replayed runs
results          the end of a run: values and coverage cells
replay           a stored run, done again and compared
"""
