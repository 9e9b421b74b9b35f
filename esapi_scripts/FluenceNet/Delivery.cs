using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Turns optimal fluences into something a machine delivers: leaf motions, then the dose.</summary>
    public sealed class Delivery
    {
        /// <summary>Beginning of the names of leaf motion models that take <see cref="LMCVOptions"/>.</summary>
        public const string SlidingWindow = "Varian Leaf Motion Calculator";

        /// <summary>
        /// What is left where Eclipse does not calculate for a script. The copy is removed then: a plan with fluence but
        /// without dose would be neither the old plan nor the promised one.
        /// </summary>
        private const string ByHand = "The copy is removed. Export the plan by DICOM, let 'esapi-bridge fluence' write its fluence files, "
            + "import these by hand into a copy of the plan and calculate there";

        private readonly string _leafMotionModel;
        private readonly string _doseModel;

        private Delivery(string leafMotionModel, string doseModel)
        {
            _leafMotionModel = leafMotionModel;
            _doseModel = doseModel;
        }

        /// <summary>Chooses the models: those of the settings, else those of the plan, else the first that is installed.</summary>
        /// <exception cref="RefusedException">There is none of the right kind.</exception>
        public static Delivery Choose(ExternalPlanSetup plan, FluenceNetSettings settings)
        {
            string leafMotion = Model(plan, CalculationType.PhotonLeafMotions, settings.LeafMotionModel);
            if (!leafMotion.StartsWith(SlidingWindow, StringComparison.Ordinal))
            {
                throw new RefusedException("leaf motions need a " + SlidingWindow + ", found " + leafMotion
                    + ": name another with 'esapi-bridge scripts install --leaf-motion-model'");
            }
            return new Delivery(leafMotion, Model(plan, CalculationType.PhotonVolumeDose, settings.DoseModel));
        }

        /// <summary>The models in words.</summary>
        public override string ToString()
        {
            return _leafMotionModel + " and " + _doseModel;
        }

        /// <summary>Calculates leaf motions; the plan's beams have their fluence.</summary>
        /// <returns>What the calculation warned of.</returns>
        /// <exception cref="BridgeException">Some beam got no leaf motions.</exception>
        /// <exception cref="NoCalculationException">Eclipse does not calculate this plan for a script.</exception>
        public List<string> CalculateLeafMotions(ExternalPlanSetup copy, bool fixedJaws)
        {
            Set(copy, CalculationType.PhotonLeafMotions, _leafMotionModel);
            Set(copy, CalculationType.PhotonVolumeDose, _doseModel);
            bool isDone = Calculations.Run(
                delegate { return copy.CalculateLeafMotions(new LMCVOptions(fixedJaws)); }, "leaf motions. " + ByHand);
            bool hasLeaves = copy.Beams.Where(beam => !beam.IsSetupField).All(beam => beam.MLCPlanType == MLCPlanType.DoseDynamic);
            if (!isDone || !hasLeaves)
            {
                throw new BridgeException("leaf motions must be calculated for every field, they were not: "
                    + CalculationLogs.Text(copy));
            }
            return CalculationLogs.Warnings(copy);
        }

        /// <summary>Calculates the dose.</summary>
        /// <exception cref="BridgeException">There is none.</exception>
        /// <exception cref="NoCalculationException">Eclipse does not calculate this plan for a script.</exception>
        public void CalculateDose(ExternalPlanSetup copy)
        {
            if (!Calculations.Run(copy.CalculateDose, "the dose of the new fluence. " + ByHand) || !copy.IsDoseValid || copy.Dose == null)
            {
                throw new BridgeException("the dose of the new fluence must be calculated, it was not: "
                    + CalculationLogs.Text(copy));
            }
        }

        private static string Model(ExternalPlanSetup plan, CalculationType type, string wanted)
        {
            List<string> installed = plan.GetModelsForCalculationType(type).ToList();
            string own = plan.GetCalculationModel(type);
            string model = wanted ?? (string.IsNullOrEmpty(own) ? null : own) ?? installed.FirstOrDefault();
            if (model == null || !installed.Contains(model))
            {
                throw new RefusedException("a calculation model for " + type + " is needed, found "
                    + (installed.Count == 0 ? "none installed" : string.Join(", ", installed))
                    + (model == null ? "" : " but not " + model));
            }
            return model;
        }

        private static void Set(ExternalPlanSetup plan, CalculationType type, string model)
        {
            if (plan.GetCalculationModel(type) != model)
            {
                plan.SetCalculationModel(type, model);
            }
        }
    }
}
