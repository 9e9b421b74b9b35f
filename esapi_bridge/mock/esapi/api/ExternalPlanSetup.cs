// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A plan of external beams: calculations and evaluation doses.</summary>
    public partial class ExternalPlanSetup : PlanSetup
    {
        internal ExternalPlanSetup(PatientState patient, PlanState state) : base(patient, state)
        {
        }

        /// <summary>Names of the installed models; they differ from site to site (row 31).</summary>
        public IEnumerable<string> GetModelsForCalculationType(CalculationType calculationType)
        {
            Reading();
            Dictionary<string, Dictionary<string, string>> installed;
            return Patients.Database.Models.TryGetValue(calculationType, out installed)
                ? installed.Keys.ToArray() : new string[0];
        }

        /// <summary>Calculates the dose; a plug-in of 15 may only where there was one before (row 43).</summary>
        public CalculationResult CalculateDose()
        {
            Writing();
            Patients.Session.Guard.RequireDoseMatrix(Self);
            return new CalculationResult(Calculation.Dose(Patients.Database, Self));
        }

        /// <summary>Calculates leaf motions with the plan's own options.</summary>
        public CalculationResult CalculateLeafMotions()
        {
            Writing();
            return LeafMotions(LeafMotionOptions.OfModel(GetCalculationModel(CalculationType.PhotonLeafMotions)));
        }

        /// <summary>Calculates leaf motions; the model must be a Varian Leaf Motion Calculator (row 26).</summary>
        public CalculationResult CalculateLeafMotions(LMCVOptions options)
        {
            Writing();
            return LeafMotions(LeafMotionOptions.Of(options));
        }

        /// <summary>Calculates leaf motions; the model must be a Varian Smart LMC (row 26).</summary>
        public CalculationResult CalculateLeafMotions(SmartLMCOptions options)
        {
            Writing();
            return LeafMotions(LeafMotionOptions.Of(options));
        }

        /// <summary>Calculates leaf motions; the model must be an MSS Leaf Motion Calculator (row 26).</summary>
        public CalculationResult CalculateLeafMotions(LMCMSSOptions options)
        {
            Writing();
            return LeafMotions(LeafMotionOptions.Of(options));
        }

        /// <summary>Calculates leaf motions with the plan's own options, then the dose.</summary>
        public CalculationResult CalculateLeafMotionsAndDose()
        {
            CalculationResult motions = CalculateLeafMotions();
            return motions.Success ? CalculateDose() : motions;
        }

        /// <summary>Not in the mock.</summary>
        public CalculationResult CalculateDoseWithPresetValues(List<KeyValuePair<string, MetersetValue>> presetValues)
        {
            throw new NotSupportedException("not in the mock: CalculateDoseWithPresetValues");
        }

        /// <summary>The evaluation dose; null if the plan's dose is none.</summary>
        public EvaluationDose DoseAsEvaluationDose
        {
            get
            {
                Reading();
                return Self.Dose != null && Self.Dose.IsEvaluation ? new EvaluationDose(Patients, Self, Self.Dose) : null;
            }
        }

        /// <summary>
        /// Makes an empty evaluation dose on a plan without beams (row 6). It replaces what was there and keeps its grid;
        /// without one the grid is of 2.5 mm over the image (assumed). Saving needs voxels set first (row 7).
        /// </summary>
        public EvaluationDose CreateEvaluationDose()
        {
            Writing();
            RequireNoBeams();
            GridState grid = Self.Dose != null ? Self.Dose.Grid : CalculationGrid.Over(Self.StructureSet.Image.Grid);
            DoseState dose = new DoseState(grid, Patients.Database);
            dose.VoxelsMissing = true;
            return Keep(dose);
        }

        /// <summary>
        /// Makes an evaluation dose with the grid and the counts of another dose, on a plan without beams (row 6). The
        /// counts now mean per cent of this plan's prescription and normalisation (row 10).
        /// </summary>
        public EvaluationDose CopyEvaluationDose(Dose existing)
        {
            Writing();
            if (existing == null)
            {
                throw new ArgumentNullException("existing");
            }
            existing.Reading();
            RequireNoBeams();
            return Keep(new DoseState(existing.DoseState));
        }

        private EvaluationDose Keep(DoseState dose)
        {
            Self.InvalidateDose();
            dose.IsEvaluation = true;
            Self.Dose = dose;
            Self.Changed = true;
            return new EvaluationDose(Patients, Self, dose);
        }

        private void RequireNoBeams()
        {
            // Row 6: that it fails is known, type and text are assumed.
            if (Self.Beams.Count > 0)
            {
                throw new RefusedException("an evaluation dose needs a plan without beams, found " + Self.Beams.Count);
            }
        }

        private CalculationResult LeafMotions(LeafMotionOptions options)
        {
            return new CalculationResult(Calculation.LeafMotions(Patients.Database, Self, options));
        }
    }
}
