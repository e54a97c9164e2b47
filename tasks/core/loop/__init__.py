"""The rules of the verify loop, without any model.

grounded_answer  a raw answer, parsed, with the place of each value in the document
verdicts         the critic's verdicts on one value, joined
assessment       a grounded answer joined with its critique
revision         which chunks are revised, and why the others stop
state            all assessments of a run, the same for live, resumed and replayed runs
proposals        every value that a run proposed, at its place
same_values      proposals that say the same: one value with its places
settlement       the values of a run compared with each other
check_results    the checks of a schema over the verified values
document_facts   what the end of a run needs of the document
results          the end of a run: values and coverage cells
replay           recompute a stored run and compare
"""
