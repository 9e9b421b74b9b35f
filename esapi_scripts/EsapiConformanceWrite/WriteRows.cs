using System;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>
    /// Questions that change something: a new course with plans of its own, which is removed again. The open plan, its
    /// structures and its doses are only read. Nothing is calculated or saved.
    /// </summary>
    public static class WriteRows
    {
        private const int FirstBuildOf18 = 600;

        /// <summary>Refuses a patient who may be a real one: with a plan approved for treatment, or treated.</summary>
        /// <exception cref="RefusedException">There is such a plan.</exception>
        public static void RequireResearch(Patient patient)
        {
            if (patient.Courses.SelectMany(c => c.PlanSetups).Any(p => p.IsTreated || p.ApprovalStatus != PlanSetupApprovalStatus.UnApproved
                && p.ApprovalStatus != PlanSetupApprovalStatus.Rejected))
            {
                throw new RefusedException("expected a phantom in a research database, found a patient with an approved or treated "
                    + "plan; run EsapiConformance, which only reads");
            }
        }

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ScriptContext context)
        {
            Patient patient = context.Patient;
            survey.IsSo("write.before_begin", 1, "Is a change before BeginModifications refused?", delegate
            {
                Course added = null;
                bool refused = Refused(() => added = patient.AddCourse());
                if (added != null)
                {
                    patient.RemoveCourse(added);
                }
                return refused;
            });
            patient.BeginModifications();
            Course course = patient.AddCourse();
            try
            {
                OfCourse(survey, context, course);
                OwnPlanRows.Ask(survey, context, course);
                OfEvaluation(survey, context, course);
                OfCopy(survey, (ExternalPlanSetup)course.CopyPlanSetup(context.ExternalPlanSetup), context.ExternalPlanSetup);
            }
            finally
            {
                patient.RemoveCourse(course);
            }
        }

        private static void OfCourse(Survey survey, ScriptContext context, Course course)
        {
            bool refuses = typeof(Course).Assembly.GetName().Version.Build >= FirstBuildOf18;
            survey.Ask("write.reflection", 3, "Does a change below MethodInfo.Invoke pass?", refuses ? "no" : Survey.Yes,
                () => Refused(() => typeof(Course).GetProperty("Id").GetSetMethod().Invoke(course, new object[] { "QA" })) ? "no" : Survey.Yes);
            ExternalPlanSetup plan = course.AddExternalPlanSetup(context.StructureSet);
            survey.IsSo("write.normalisation_new", 12, "Is the normalisation of a new plan not a number?",
                () => double.IsNaN(plan.PlanNormalizationValue));
            survey.Throws("write.id_long", 34, "What does an id of 14 letters throw?", "ArgumentException",
                () => plan.Id = new string('q', 14));
            survey.IsSo("write.no_dose", 13, "Has a new plan no dose: null, IsDoseValid false?",
                () => plan.Dose == null && !plan.IsDoseValid);
        }

        private static void OfEvaluation(Survey survey, ScriptContext context, Course course)
        {
            ExternalPlanSetup source = context.ExternalPlanSetup;
            if (source.Dose == null || source.NumberOfFractions == null)
            {
                return;
            }
            ExternalPlanSetup plan = course.AddExternalPlanSetup(context.StructureSet);
            plan.SetPrescription(source.NumberOfFractions.Value, source.DosePerFraction, source.TreatmentPercentage);
            plan.PlanNormalizationValue = 100;
            EvaluationDose dose = plan.CopyEvaluationDose(source.Dose);
            int z = dose.ZSize / 2;
            int[,] mine = new int[dose.XSize, dose.YSize], its = new int[dose.XSize, dose.YSize];
            survey.IsSo("write.evaluation_counts", 10, "Does an evaluation dose take the counts of its source?", delegate
            {
                source.Dose.GetVoxels(z, its);
                dose.GetVoxels(z, mine);
                return mine.Cast<int>().SequenceEqual(its.Cast<int>());
            });
            survey.IsSo("write.evaluation_grid", 14, "Has an evaluation dose the grid of its source?",
                () => VVector.Distance(dose.Origin, source.Dose.Origin) < 0.01 && dose.ZSize == source.Dose.ZSize
                    && dose.XSize == source.Dose.XSize && dose.YSize == source.Dose.YSize
                    && Survey.Near(dose.XRes, source.Dose.XRes, 1e-6) && Survey.Near(dose.ZRes, source.Dose.ZRes, 1e-6));
            survey.IsSo("write.evaluation_inverse", 9, "Does DoseValueToVoxel undo VoxelToDoseValue?",
                () => dose.DoseValueToVoxel(dose.VoxelToDoseValue(1234)) == 1234);
            survey.IsSo("write.evaluation_readback", 17, "Are counts read back as they were set, [x, y]?", delegate
            {
                for (int x = 0; x < dose.XSize; x++)
                {
                    for (int y = 0; y < dose.YSize; y++)
                    {
                        its[x, y] = 1000 + 7 * x + 13 * y;
                    }
                }
                dose.SetVoxels(z, its);
                dose.GetVoxels(z, mine);
                return mine.Cast<int>().SequenceEqual(its.Cast<int>());
            });
        }

        private static void OfCopy(Survey survey, ExternalPlanSetup copy, ExternalPlanSetup source)
        {
            Beam field = copy.Beams.FirstOrDefault(b => !b.IsSetupField), setup = copy.Beams.FirstOrDefault(b => b.IsSetupField);
            float[,] pixels = new float[4, 6];
            pixels[1, 2] = 0.5f;
            pixels[3, 5] = 0.25f;
            survey.IsSo("write.evaluation_with_beams", 6, "Is an evaluation dose refused where there are beams?",
                () => source.Dose == null ? (bool?)null : Refused(() => copy.CopyEvaluationDose(source.Dose)));
            survey.Throws("write.fluence_null", 18, "What does a null fluence throw?", "ArgumentException",
                () => field.SetOptimalFluence(null));
            survey.IsSo("write.fluence_negative", 21, "Can a fluence with a negative pixel not be set?",
                () => !Can(field, new Fluence(new[,] { { 0f, 1f }, { -1f, 0f } }, -1.25, 1.25)));
            survey.IsSo("write.fluence_size", 19, "Can a fluence of 1025 columns not be set, or not even be made?",
                () => Refused(() => new Fluence(new float[2, 1025], 0, 0)) || !Can(field, new Fluence(new float[2, 1025], 0, 0)));
            survey.IsSo("write.fluence_setup", 22, "Can a set-up field be given no fluence?",
                () => setup == null ? (bool?)null : !Can(setup, new Fluence(pixels, -6.25, 3.75)));
            survey.IsSo("write.fluence_readback", 20, "Is a fluence read back as it was set?", delegate
            {
                field.SetOptimalFluence(new Fluence(pixels, -6.25, 3.75));
                Fluence found = field.GetOptimalFluence();
                return found.GetPixels().Cast<float>().SequenceEqual(pixels.Cast<float>())
                    && Survey.Near(found.XOrigin, -6.25, 1e-6) && Survey.Near(found.YOrigin, 3.75, 1e-6);
            });
            survey.IsSo("write.fluence_drops_dose", 28, "Is the dose gone after a fluence was set?", () => copy.Dose == null);
            survey.Throws("write.model_unknown", 31, "What does an unknown model throw?", "ArgumentException",
                () => copy.SetCalculationModel(CalculationType.PhotonVolumeDose, "no such model"));
            string model = copy.GetCalculationModel(CalculationType.PhotonVolumeDose);
            survey.IsSo("write.option_unknown", 30, "Does an unknown option give false?",
                () => model == null ? (bool?)null : !copy.SetCalculationOption(model, "NoSuchOption", "1"));
        }

        private static bool Can(Beam beam, Fluence fluence)
        {
            string message;
            return beam.CanSetOptimalFluence(fluence, out message);
        }

        private static bool Refused(Action work)
        {
            try
            {
                work();
                return false;
            }
            catch (Exception)
            {
                return true;
            }
        }
    }
}
