// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A reference point: belongs to the patient, and may have a place in each plan (ReferencePoint, ESAPI 15.6).</summary>
    public class ReferencePoint : ApiDataObject
    {
        internal ReferencePoint(PatientState patient, ReferencePointState state) : base(patient, state)
        {
        }

        private ReferencePointState Self { get { return (ReferencePointState)State; } }

        internal override string IdText { get { return Self.Id; } }

        internal override string NameText { get { return Self.Name; } }

        /// <summary>The volume it stands for; "" if none.</summary>
        public string PatientVolumeId { get { Reading(); return Self.VolumeId; } }

        /// <summary>Limit of the dose of all fractions, in the system's unit; not a number if none.</summary>
        public DoseValue TotalDoseLimit
        {
            get { return Shown(Self.TotalLimitGy); }
            set { Self.TotalLimitGy = Gray(value); }
        }

        /// <summary>Limit of the dose of a day, in the system's unit; not a number if none.</summary>
        public DoseValue DailyDoseLimit
        {
            get { return Shown(Self.DailyLimitGy); }
            set { Self.DailyLimitGy = Gray(value); }
        }

        /// <summary>Limit of the dose of a session, in the system's unit; not a number if none.</summary>
        public DoseValue SessionDoseLimit
        {
            get { return Shown(Self.SessionLimitGy); }
            set { Self.SessionLimitGy = Gray(value); }
        }

        /// <summary>Whether it has a place in a plan.</summary>
        public bool HasLocation(PlanSetup planSetup)
        {
            return Place(planSetup).HasValue;
        }

        /// <summary>Its place in a plan, DICOM mm; not a number without one (assumed).</summary>
        public VVector GetReferencePointLocation(PlanSetup planSetup)
        {
            return Place(planSetup) ?? new VVector(double.NaN, double.NaN, double.NaN);
        }

        private VVector? Place(PlanSetup plan)
        {
            Reading();
            if (plan == null)
            {
                throw new ArgumentNullException("planSetup");
            }
            plan.Reading();
            PlanPointState point = plan.Self.Points.FirstOrDefault(p => p.Point == Self);
            return point == null ? null : point.Location;
        }

        private DoseValue Shown(double gy)
        {
            Reading();
            return new DoseValue(gy * Patients.Database.UnitsPerGy, Patients.Database.DoseUnit);
        }

        private double Gray(DoseValue dose)
        {
            Writing();
            // The unit must be the system's, as in SetPrescription (row 11; type assumed).
            if (dose.Unit != Patients.Database.DoseUnit || dose.Dose < 0)
            {
                throw new ArgumentException("expected a dose in the system's unit " + Patients.Database.DoseUnit);
            }
            Self.Modified = DateTime.Now;
            Patients.Changed = true;
            return dose.Dose / Patients.Database.UnitsPerGy;
        }
    }
}
