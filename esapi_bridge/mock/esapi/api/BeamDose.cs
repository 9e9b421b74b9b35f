using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose of a beam: relative, without the beam's weight.</summary>
    public partial class BeamDose : Dose
    {
        private readonly BeamState _beam;

        internal BeamDose(PatientState patient, PlanState plan, BeamState beam) : base(patient, plan, beam.Dose)
        {
            _beam = beam;
        }

        internal override string IdText { get { return _beam.Id; } }

        internal override DoseValue.DoseUnit Unit { get { return DoseValue.DoseUnit.Percent; } }

        internal override double UnitsPerPercent { get { return 1.0; } }

        /// <summary>
        /// Dose of one fraction in the system's unit: weight, prescription, percentage and normalisation applied; undefined
        /// for an undefined one (BeamDose.GetAbsoluteBeamDoseValue, ESAPI 15.6).
        /// </summary>
        public DoseValue GetAbsoluteBeamDoseValue(DoseValue relative)
        {
            Reading();
            if (relative.IsUndefined())
            {
                return DoseValue.UndefinedDose();
            }
            if (relative.Unit != DoseValue.DoseUnit.Percent)
            {
                throw new ArgumentException("expected a dose in %, found " + relative.UnitAsString);
            }
            double gyPerFraction = relative.Dose * _beam.WeightFactor * Plan.GyPerPercent / (Plan.Fractions ?? 1);
            return new DoseValue(gyPerFraction * Patients.Database.UnitsPerGy, Patients.Database.DoseUnit);
        }
    }
}
