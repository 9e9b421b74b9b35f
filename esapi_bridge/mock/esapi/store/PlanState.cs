// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>A plan.</summary>
    internal sealed class PlanState : PlanningItemState
    {
        internal readonly List<BeamState> Beams = new List<BeamState>();
        internal readonly Dictionary<CalculationType, string> Models = new Dictionary<CalculationType, string>();
        internal readonly Dictionary<string, string> OtherModels = new Dictionary<string, string>();
        /// <summary>Values of the options of each model, by XPath.</summary>
        internal readonly Dictionary<string, Dictionary<string, string>> Options =
            new Dictionary<string, Dictionary<string, string>>();
        internal string Uid;
        /// <summary>Name of the case folder it was read from; null for a new plan.</summary>
        internal string Folder;
        private bool _changed;
        internal PatientOrientation Orientation;
        internal PlanSetupApprovalStatus Approval = PlanSetupApprovalStatus.UnApproved;
        internal int? Fractions;
        internal double TotalDoseGy = double.NaN;
        internal double TreatmentPercentage = 1.0;
        /// <summary>Prescribed doses that its case states where there are several, Gy; no member shows them.</summary>
        internal object TargetDoses;
        /// <summary>Per cent; not a number until set (row 12).</summary>
        internal double Normalisation = double.NaN;
        /// <summary>What 100 % means in a plan that was read without a prescription but with a dose: its maximum.</summary>
        internal double UnprescribedGy = double.NaN;
        internal DoseState Dose;
        internal OptimisationState Optimisation = new OptimisationState();
        /// <summary>When it was approved; null where nothing says so.</summary>
        internal DateTime? Approved;
        internal bool Gated;
        /// <summary>Intent as in DICOM; empty where not stated.</summary>
        internal string Intent = "";
        /// <summary>The points its dose is prescribed, summed and limited at; the first is the primary one.</summary>
        internal readonly List<PlanPointState> Points = new List<PlanPointState>();
        private GridState _lastDoseGrid;

        /// <summary>Whether there is something to be saved; setting it notes the time.</summary>
        internal bool Changed
        {
            get { return _changed; }
            set
            {
                _changed = value;
                Modified = value ? DateTime.Now : Modified;
            }
        }

        internal override bool HasScale
        {
            get { return HasPrescription && !double.IsNaN(Normalisation); }
        }

        internal override DoseState CurrentDose
        {
            get { return Dose; }
        }

        internal bool HasPrescription
        {
            get { return Fractions.HasValue && !double.IsNaN(TotalDoseGy); }
        }

        internal IEnumerable<BeamState> TreatmentBeams
        {
            get { return Beams.Where(b => !b.IsSetup); }
        }

        /// <summary>Shown per cent of an un-normalised per cent; an undefined normalisation leaves it as it is.</summary>
        internal override double NormalisationFactor
        {
            get { return double.IsNaN(Normalisation) ? 1.0 : 100.0 / Normalisation; }
        }

        /// <summary>Gy of all fractions that one shown per cent stands for; not a number without prescription.</summary>
        internal double GyPerShownPercent
        {
            get { return (double.IsNaN(TotalDoseGy) ? UnprescribedGy : TotalDoseGy / TreatmentPercentage) / 100.0; }
        }

        /// <summary>Gy of all fractions that one stored per cent stands for.</summary>
        internal override double GyPerPercent
        {
            get { return GyPerShownPercent * NormalisationFactor; }
        }

        /// <summary>Grid of the dose the plan has, or had last: its calculation volume; null if it never had one.</summary>
        internal GridState LastDoseGrid
        {
            get { return Dose != null ? Dose.Grid : _lastDoseGrid; }
        }

        /// <summary>
        /// Drops the doses: what they were calculated for has changed (row 28).
        /// </summary>
        internal void InvalidateDose()
        {
            foreach (BeamState beam in Beams)
            {
                Drop(beam.Dose);
                beam.Dose = null;
            }
            Drop(Dose);
            _lastDoseGrid = LastDoseGrid;
            Dose = null;
        }

        /// <summary>Reads all of the doses from disk, where they are about to vanish.</summary>
        internal void LoadDoses()
        {
            Dose.Load();
            foreach (BeamState beam in Beams.Where(b => b.Dose != null))
            {
                beam.Dose.Load();
            }
        }

        private static void Drop(DoseState dose)
        {
            if (dose != null)
            {
                dose.Removed = true;
            }
        }

        /// <summary>Monitor units follow what a per cent of the dose is worth.</summary>
        internal void ChangeScale(Action change)
        {
            double before = GyPerPercent / (Fractions ?? 1);
            change();
            double factor = GyPerPercent / (Fractions ?? 1) / before;
            if (Dose != null && !double.IsNaN(factor) && !double.IsInfinity(factor))
            {
                foreach (BeamState beam in TreatmentBeams)
                {
                    beam.MetersetMu *= factor;
                }
            }
        }

        /// <summary>A copy with the same beams and dose, unapproved and of its own UID.</summary>
        internal PlanState Copy(CourseState course, string id)
        {
            PlanState copy = new PlanState();
            copy.Course = course;
            copy.Id = id;
            copy.Uid = Uids.New();
            copy.StructureSet = StructureSet;
            copy.Orientation = Orientation;
            copy.Fractions = Fractions;
            copy.TotalDoseGy = TotalDoseGy;
            copy.TreatmentPercentage = TreatmentPercentage;
            copy.TargetDoses = TargetDoses;
            copy.Normalisation = Normalisation;
            copy.UnprescribedGy = UnprescribedGy;
            copy.Name = Name;
            copy.Comment = Comment;
            copy._lastDoseGrid = LastDoseGrid;
            copy.Changed = true;
            copy.Created = copy.Modified;
            copy.Intent = Intent;
            copy.Gated = Gated;
            copy.Points.AddRange(Points);
            copy.Beams.AddRange(Beams.Select(b => b.Copy()));
            copy.Optimisation = Optimisation.Copy(Beams, copy.Beams);
            copy.Dose = Dose == null ? null : new DoseState(Dose);
            foreach (KeyValuePair<CalculationType, string> model in Models)
            {
                copy.Models[model.Key] = model.Value;
            }
            foreach (KeyValuePair<string, string> model in OtherModels)
            {
                copy.OtherModels[model.Key] = model.Value;
            }
            foreach (KeyValuePair<string, Dictionary<string, string>> options in Options)
            {
                copy.Options[options.Key] = new Dictionary<string, string>(options.Value);
            }
            return copy;
        }
    }
}
