using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose of a plan over all fractions, in the unit of the plan's presentation.</summary>
    public class PlanningItemDose : Dose
    {
        internal PlanningItemDose(PatientState patient, PlanState plan, DoseState state) : base(patient, plan, state)
        {
        }

        internal override DoseValue.DoseUnit Unit
        {
            get
            {
                return Plan.Presentation == DoseValuePresentation.Absolute
                    ? Patients.Database.DoseUnit : DoseValue.DoseUnit.Percent;
            }
        }

        internal override double UnitsPerPercent
        {
            get
            {
                return Plan.Presentation == DoseValuePresentation.Absolute
                    ? Plan.GyPerPercent * Patients.Database.UnitsPerGy : Plan.NormalisationFactor;
            }
        }
    }
}
