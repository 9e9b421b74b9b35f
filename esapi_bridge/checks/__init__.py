"""Gates before and after a task.

Each check is one small function that compares what a model card or the physics expects with what is there and
returns a `Verdict`: pass, warn or refuse. Refusals end the run (exit code 3) before anything is written; the rest goes
into ``run.json`` and the report.

Before any network (`commissioned`): commissioned.
Before a dose network (`plan`, `field`, `delivery`, `geometry`, `overrides`): has_dose, dose_source, beam_sum, energy,
machine, technique, kind, site, accessories, aperture, moving_jaws, leaf_width, field_size, control_points, turning,
arc_steps, algorithm, approval, body, frame_of_reference, orientation, one_grid, dose_grid, ct_range, ct_trained,
ct_covers_dose, ct_goes_on, overrides; and what a set says twice (`on_beam`, `on_ct`).
After it (`output`): finite, non_negative, maximum, outside_body, integral.

Before a fluence network (`fluence`): standing_gantry, fields, setup_fields, arrangement, prescription, wanted_dose,
contours_on_ct, dose_covers_ptv, dose_level, their like for a reference dose, and ptv_in_field. After it
(`fluence_output`): importable, not_empty, on_target, sum, share. Before a plan becomes training data (`training_plan`):
fluences, one_beam_kind; before a field that was calculated twice does (`training_pair`): coarse_grid, fine_grid,
meterset, not_negative, isocentre_in_body, dose_in_body, one_field.
"""

from esapi_bridge.checks.gates import check_input, check_output
from esapi_bridge.checks.verdict import Outcome, Verdict, refusal, require

__all__ = ["Outcome", "Verdict", "check_input", "check_output", "refusal", "require"]
