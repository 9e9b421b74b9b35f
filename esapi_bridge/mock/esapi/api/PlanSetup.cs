// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A plan: identity, prescription, normalisation, beams and dose.</summary>
    public abstract partial class PlanSetup : PlanningItem
    {
        internal PlanSetup(PatientState patient, PlanState state) : base(patient, state)
        {
        }

        internal PlanState Self { get { return (PlanState)State; } }

        internal override string IdText { get { return Self.Id; } }

        internal override string NameText { get { return Self.Name; } }

        internal override string CommentText { get { return Self.Comment; } }

        /// <summary>Identifier within the course (row 34).</summary>
        public new string Id
        {
            get { return base.Id; }
            set { Self.Id = NewId(value); Self.Changed = true; }
        }

#if ESAPI_16
        /// <summary>Name; may be set from 16.1 on (row 37).</summary>
        public new string Name
        {
            get { return base.Name; }
            set { Writing(); Self.Name = value ?? ""; Self.Changed = true; }
        }

        /// <summary>Comment; may be set from 16.1 on (row 37).</summary>
        public new string Comment
        {
            get { return base.Comment; }
            set { Writing(); Self.Comment = value ?? ""; Self.Changed = true; }
        }
#endif

#if !ESAPI_16
        /// <summary>The course; of every planning item from 16.1 on (row 37).</summary>
        public Course Course { get { Reading(); return new Course(Patients, Self.Course); } }

#endif
        /// <summary>The structure set.</summary>
        public override StructureSet StructureSet
        {
            get { Reading(); return new StructureSet(Patients, Self.StructureSet); }
        }

        /// <summary>SOP instance UID.</summary>
        public string UID { get { Reading(); return Self.Uid; } }

        /// <summary>Series instance UID; the database holds none.</summary>
        public string SeriesUID { get { Reading(); return ""; } }

        /// <summary>Kind of plan.</summary>
        public PlanType PlanType { get { Reading(); return PlanType.ExternalBeam; } }

        /// <summary>Approval status (row 34).</summary>
        public PlanSetupApprovalStatus ApprovalStatus { get { Reading(); return Self.Approval; } }

        /// <summary>How the patient lies for treatment.</summary>
        public PatientOrientation TreatmentOrientation { get { Reading(); return Self.Orientation; } }

        /// <summary>Target structure; the database holds none.</summary>
        public string TargetVolumeID { get { Reading(); return ""; } }

        /// <summary>The plan it verifies: none in the mock.</summary>
        public PlanSetup VerifiedPlan { get { Reading(); return null; } }

        /// <summary>Beams, set-up fields included, as they are when enumerated (rows 22, 35).</summary>
        public IEnumerable<Beam> Beams
        {
            get { Reading(); return Self.Beams.Select(b => new Beam(Patients, Self, b)); }
        }

        /// <summary>The dose over all fractions; null if there is none (row 13).</summary>
        public override PlanningItemDose Dose
        {
            get { Reading(); return Self.Dose == null ? null : new PlanningItemDose(Patients, Self, Self.Dose); }
        }

        /// <summary>Whether there is a dose that belongs to the plan as it is (rows 13, 28).</summary>
        public bool IsDoseValid { get { Reading(); return Self.Dose != null; } }

        /// <summary>Whether the dose is shown relative or absolute.</summary>
        public override DoseValuePresentation DoseValuePresentation
        {
            get { Reading(); return Self.Presentation; }
            set { Reading(); Self.Presentation = value; }
        }

        /// <summary>Number of fractions; null without prescription.</summary>
        public int? NumberOfFractions { get { Reading(); return Self.Fractions; } }

        /// <summary>Prescribed dose; not a number without prescription.</summary>
        public DoseValue TotalDose { get { Reading(); return Absolute(Self.TotalDoseGy); } }

        /// <summary>Prescribed dose of a fraction; not a number without prescription.</summary>
        public DoseValue DosePerFraction
        {
            get { Reading(); return Absolute(Self.TotalDoseGy / (Self.Fractions ?? double.NaN)); }
        }

        /// <summary>
        /// Calculated dose of a fraction at the primary reference point, not the prescription
        /// (PlanSetup.PlannedDosePerFraction, ESAPI 15.6); undefined without a dose or
        /// such a point with a place (assumed).
        /// </summary>
        public DoseValue PlannedDosePerFraction
        {
            get
            {
                Reading();
                double gy = PrimaryPointGy() / (Self.Fractions ?? double.NaN);
                return double.IsNaN(gy) ? DoseValue.UndefinedDose() : Absolute(gy);
            }
        }

        /// <summary>Isodose the dose is prescribed to; 1.0 is 100 %.</summary>
        public double TreatmentPercentage { get { Reading(); return Self.TreatmentPercentage; } }

        /// <summary>
        /// Prescribes; counts of the dose keep their per cent and so change their gray (row 10). The unit must be the
        /// system's (row 11; type assumed).
        /// </summary>
        public void SetPrescription(int numberOfFractions, DoseValue dosePerFraction, double treatmentPercentage)
        {
            Writing();
            if (numberOfFractions < 1 || !(dosePerFraction.Dose > 0) || double.IsInfinity(dosePerFraction.Dose)
                || !(treatmentPercentage > 0) || double.IsInfinity(treatmentPercentage))
            {
                throw new ArgumentException("expected at least one fraction and a positive dose and percentage");
            }
            if (dosePerFraction.Unit != Patients.Database.DoseUnit)
            {
                throw new ArgumentException("expected a dose in the system's unit " + Patients.Database.DoseUnit
                    + ", found " + dosePerFraction.UnitAsString);
            }
            Self.ChangeScale(delegate
            {
                Self.Fractions = numberOfFractions;
                Self.TotalDoseGy = numberOfFractions * dosePerFraction.Dose / Patients.Database.UnitsPerGy;
                Self.TreatmentPercentage = treatmentPercentage;
            });
            Self.Changed = true;
        }

        /// <summary>Normalisation, per cent; not a number until set (row 12).</summary>
        public double PlanNormalizationValue
        {
            get { Reading(); return Self.Normalisation; }
            set
            {
                Writing();
                if (!(value > 0) || double.IsInfinity(value))
                {
                    throw new ArgumentException("expected a positive normalisation in per cent");
                }
                Self.ChangeScale(delegate { Self.Normalisation = value; });
                Self.Changed = true;
            }
        }

        /// <summary>How it was normalised.</summary>
        public string PlanNormalizationMethod
        {
            get { Reading(); return double.IsNaN(Self.Normalisation) ? "" : "Plan Normalization Value"; }
        }

        private DoseValue Absolute(double gy)
        {
            return new DoseValue(gy * Patients.Database.UnitsPerGy, Patients.Database.DoseUnit);
        }
    }
}
