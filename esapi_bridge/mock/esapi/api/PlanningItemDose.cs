using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose of a plan or of a sum of plans over all fractions, in the unit of its presentation.</summary>
    public partial class PlanningItemDose : Dose
    {
        internal PlanningItemDose(PatientState patient, PlanningItemState owner, DoseState state)
            : base(patient, owner, state)
        {
        }
    }
}
