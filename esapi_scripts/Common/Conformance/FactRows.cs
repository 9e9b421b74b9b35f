using System;
using System.Linq;
using System.Reflection;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>Questions to what is open, its places, dates, reference points and sums.</summary>
    public static class FactRows
    {
        private const double PlaceMm = 0.01;
        private const double DosePart = 0.01;

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ScriptContext context)
        {
            ExternalPlanSetup plan = context.ExternalPlanSetup;
            Image image = context.Image;
            survey.IsSo("dose.axes", 15, "Are the axes of the dose those of the image?", () => plan.Dose == null ? (bool?)null
                : VVector.Distance(plan.Dose.XDirection, image.XDirection) < 1e-6
                    && VVector.Distance(plan.Dose.YDirection, image.YDirection) < 1e-6
                    && VVector.Distance(plan.Dose.ZDirection, image.ZDirection) < 1e-6);
            survey.IsSo("context.other_plans", 33, "Are plans of other kinds null while this one is open?",
                () => context.BrachyPlanSetup == null && context.IonPlanSetup == null);
            survey.IsSo("image.uid", 33, "Is UID of a 3-D image null?", delegate
            {
                PropertyInfo uid = typeof(Image).GetProperty("UID");
                return uid == null ? (bool?)null : uid.GetValue(image, null) == null;
            });
            survey.IsSo("point.planned_dose", 44, "Is PlannedDosePerFraction the dose at the primary reference point?",
                () => PlannedDoseAgrees(plan));
            survey.IsSo("sum.absolute", 47, "Is the dose of a plan sum absolute?", delegate
            {
                PlanSum sum = context.PlanSumsInScope.FirstOrDefault(s => s.Dose != null);
                return sum == null ? (bool?)null : sum.Dose.DoseMax3D.IsAbsoluteDoseValue;
            });
            survey.IsSo("date.order", 56, "Is no change of the plan before it was made?", () => plan.CreationDateTime == null
                ? (bool?)null : plan.HistoryDateTime >= plan.CreationDateTime.Value);
            survey.IsSo("date.not_approved", 56, "Is PlanningApprovalDate empty on a plan that is not approved?",
                () => plan.ApprovalStatus != PlanSetupApprovalStatus.UnApproved ? (bool?)null
                    : string.IsNullOrEmpty(plan.PlanningApprovalDate));
            survey.IsSo("place.user_origin", 57, "Is the user origin 0, 0, 0 in user coordinates?",
                () => image.DicomToUser(image.UserOrigin, plan).Length < PlaceMm);
            survey.IsSo("place.user_axes", 57, "Does UserToDicom undo DicomToUser, and is a distance kept?", delegate
            {
                VVector there = image.Origin + new VVector(10, 20, 30);
                VVector user = image.DicomToUser(there, plan);
                return VVector.Distance(image.UserToDicom(user, plan), there) < PlaceMm
                    && Math.Abs(user.Length - VVector.Distance(there, image.UserOrigin)) < PlaceMm;
            });
        }

        private static bool? PlannedDoseAgrees(ExternalPlanSetup plan)
        {
            ReferencePoint point = plan.PrimaryReferencePoint;
            if (plan.Dose == null || plan.NumberOfFractions == null || point == null || !point.HasLocation(plan))
            {
                return null;
            }
            DoseValue there = plan.Dose.GetDoseToPoint(point.GetReferencePointLocation(plan));
            double whole = there.IsAbsoluteDoseValue ? there.Dose : there.Dose / 100 * plan.TotalDose.Dose;
            return Survey.Near(whole / plan.NumberOfFractions.Value, plan.PlannedDosePerFraction.Dose, DosePart);
        }
    }
}
