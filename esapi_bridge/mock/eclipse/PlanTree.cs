using System;
using System.Linq;
using System.Windows.Forms;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.MockEclipse
{
    /// <summary>All patients, and courses and plans of the open one.</summary>
    public sealed class PlanTree : TreeView
    {
        private readonly MockSession _session;
        private bool _filling;

        /// <summary>Makes the tree of a database.</summary>
        public PlanTree(MockSession session)
        {
            _session = session;
            HideSelection = false;
            AfterSelect += delegate(object sender, TreeViewEventArgs e)
            {
                if (!_filling && Chosen != null)
                {
                    Chosen((Selection)e.Node.Tag);
                }
            };
        }

        /// <summary>The user picked something.</summary>
        public event Action<Selection> Chosen;

        /// <summary>Reads everything again and marks what is open.</summary>
        public void Fill(Selection open)
        {
            _filling = true;
            BeginUpdate();
            Nodes.Clear();
            foreach (string id in _session.PatientIds)
            {
                TreeNode node = Add(Nodes, id, new Selection(id, null, null), open);
                if (id == open.Patient && _session.Patient != null)
                {
                    node.Text = id + "  " + _session.Patient.Name;
                    AddCourses(node, open);
                    node.ExpandAll();
                }
            }
            EndUpdate();
            _filling = false;
        }

        private void AddCourses(TreeNode patient, Selection open)
        {
            foreach (Course course in _session.Patient.Courses)
            {
                TreeNode node = Add(patient.Nodes, course.Id, new Selection(open.Patient, course.Id, null), open);
                foreach (PlanSetup plan in course.PlanSetups.OrderBy(p => p.Id, StringComparer.Ordinal))
                {
                    Add(node.Nodes, plan.Id, new Selection(open.Patient, course.Id, plan.Id), open);
                }
            }
        }

        private TreeNode Add(TreeNodeCollection nodes, string text, Selection selection, Selection open)
        {
            TreeNode node = nodes.Add(text);
            node.Tag = selection;
            if (selection.Patient == open.Patient && selection.Course == open.Course && selection.Plan == open.Plan)
            {
                SelectedNode = node;
            }
            return node;
        }
    }
}
