using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.MockEclipse
{
    /// <summary>A plan in one line, as the plan view shows it.</summary>
    public static class PlanLine
    {
        /// <summary>Id, prescription, dose, approval and beams of a plan.</summary>
        public static string Of(ExternalPlanSetup plan)
        {
            return string.Join("   |   ", new[]
            {
                plan.Id, Prescription(plan), Dose(plan), plan.ApprovalStatus.ToString(),
                plan.Beams.Count(b => !b.IsSetupField) + " beams"
            });
        }

        /// <summary>One beam: energy, gantry and collimator angle, monitor units, leaves and fluence.</summary>
        public static string[] Of(Beam beam)
        {
            ControlPoint first = beam.ControlPoints.First();
            return new[]
            {
                beam.Id,
                beam.IsSetupField ? "set-up" : beam.EnergyModeDisplayName,
                Gantry(beam),
                Number(first.CollimatorAngle, "F1"),
                Number(first.JawPositions.X1, "F0") + " / " + Number(first.JawPositions.X2, "F0"),
                Number(first.JawPositions.Y1, "F0") + " / " + Number(first.JawPositions.Y2, "F0"),
                beam.IsSetupField ? "" : Number(beam.Meterset.Value, "F1"),
                beam.MLC == null ? "open" : beam.ControlPoints.Count + " control points",
                beam.GetOptimalFluence() == null ? "" : "yes"
            };
        }

        /// <summary>The gantry's angle; of an arc both ends and the way between them.</summary>
        private static string Gantry(Beam beam)
        {
            string first = Number(beam.ControlPoints.First().GantryAngle, "F1");
            return beam.GantryDirection == GantryDirection.None ? first
                : first + (beam.GantryDirection == GantryDirection.Clockwise ? " CW " : " CCW ")
                    + Number(beam.ControlPoints.Last().GantryAngle, "F1");
        }

        private static string Prescription(PlanSetup plan)
        {
            return plan.NumberOfFractions.HasValue && !double.IsNaN(plan.DosePerFraction.Dose)
                ? plan.NumberOfFractions.Value + " x " + plan.DosePerFraction + " = " + plan.TotalDose
                : "no prescription";
        }

        private static string Dose(ExternalPlanSetup plan)
        {
            bool isEvaluation = plan.DoseAsEvaluationDose != null;
            if (!plan.IsDoseValid && !isEvaluation)
            {
                return "no dose";
            }
            string kind = isEvaluation ? "evaluation dose" : plan.PhotonCalculationModel ?? "dose";
            return kind + ", maximum " + plan.Dose.DoseMax3D;
        }

        private static string Number(double value, string format)
        {
            return value.ToString(format, CultureInfo.InvariantCulture);
        }
    }
}
