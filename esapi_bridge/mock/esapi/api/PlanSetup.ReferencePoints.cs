// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public abstract partial class PlanSetup
    {
        /// <summary>Reference points of the plan, the primary one first.</summary>
        public IEnumerable<ReferencePoint> ReferencePoints
        {
            get { Reading(); return Self.Points.Select(p => new ReferencePoint(Patients, p.Point)); }
        }

        /// <summary>The primary reference point; null if there is none. Which one is primary DICOM does not say: the first.</summary>
        public ReferencePoint PrimaryReferencePoint { get { return ReferencePoints.FirstOrDefault(); } }

        /// <summary>
        /// Adds a reference point (PlanSetup.AddReferencePoint, ESAPI 15.6), for a structure or at a place, DICOM mm, or
        /// neither. What the identifier must be like is assumed: 16 characters, free among the patient's points.
        /// </summary>
        public ReferencePoint AddReferencePoint(Structure structure, VVector? location, string id, string name)
        {
            Writing();
            if (string.IsNullOrEmpty(id) || id.Length > 16 || Patients.ReferencePoints.Any(p => p.Id == id))
            {
                throw new ArgumentException("expected a free identifier of 1 to 16 characters");
            }
            PlanPointState point = PlanPoints.Add(Patients, id);
            point.Point.Name = name ?? "";
            point.Point.VolumeId = structure == null ? "" : structure.Id;
            point.Location = location;
            Self.Points.Add(point);
            Self.Changed = true;
            return new ReferencePoint(Patients, point.Point);
        }

        /// <summary>
        /// Calculated dose of a fraction at the primary reference point, in the system's unit; not a number without a dose, a
        /// prescription or a place.
        /// </summary>
        [Obsolete("Use PlannedDosePerFraction instead.")]
        public DoseValue DosePerFractionInPrimaryRefPoint
        {
            get { Reading(); return Absolute(PrimaryPointGy() / (Self.Fractions ?? double.NaN)); }
        }

        /// <summary>Gy of all fractions at the primary reference point; not a number without a dose, a scale or a place.</summary>
        internal double PrimaryPointGy()
        {
            PlanPointState first = Self.Points.FirstOrDefault();
            return Self.Dose == null || first == null || !first.Location.HasValue
                ? double.NaN
                : Self.Dose.Percent(Sampler.Count(Self.Dose, first.Location.Value)) * Self.GyPerPercent;
        }
    }
}
