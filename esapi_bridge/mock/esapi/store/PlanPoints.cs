using System;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Mock
{
    /// <summary>New reference points of plans.</summary>
    internal static class PlanPoints
    {
        /// <summary>The primary reference point of a new plan, named after it (assumed), without a place.</summary>
        internal static PlanPointState Fresh(PatientState patient, string planId)
        {
            bool taken = patient.ReferencePoints.Any(p => p.Id == planId);
            return Add(patient, taken ? IdRules.Fresh(planId + "_", patient.ReferencePoints.Select(p => p.Id)) : planId);
        }

        internal static PlanPointState Add(PatientState patient, string id)
        {
            ReferencePointState point = new ReferencePointState { Uid = Uids.New(), Id = id, Created = DateTime.Now };
            patient.ReferencePoints.Add(point);
            patient.Changed = true;
            return new PlanPointState { Point = point };
        }
    }
}
