using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose of a plan over all fractions, in the unit of the plan's presentation.</summary>
    public class PlanningItemDose : Dose
    {
        internal PlanningItemDose(PatientState patient, PlanState plan, DoseState state) : base(patient, plan, state)
        {
        }
    }
}
